import Foundation

/// Breaks connections of this process to brokers, whose answers are then lost.
public struct BrokenConnections {
  private let ports: Set<UInt16>
  /// Those that were there before are somebody else's.
  private let others: Set<Int32>

  /// Those that are made from now on.
  public init(to ports: [UInt16]) {
    self.ports = Set(ports)
    others = BrokenConnections.open
  }

  /// How many there were to break.
  @discardableResult
  public func cut() -> Int {
    BrokenConnections.open.subtracting(others).count { descriptor in
      guard let port = BrokenConnections.peerPort(of: descriptor), ports.contains(port) else { return false }
      return shutdown(descriptor, Int32(SHUT_RDWR)) == 0
    }
  }

  private static var open: Set<Int32> {
    Set(((try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []).compactMap { Int32($0) })
  }

  /// Nil for what is no connection over IP.
  private static func peerPort(of descriptor: Int32) -> UInt16? {
    var address = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let isConnected = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getpeername(descriptor, $0, &length) == 0 }
    }
    guard isConnected, [sa_family_t(AF_INET), sa_family_t(AF_INET6)].contains(address.ss_family) else { return nil }
    // The port stands at the same place in both.
    return withUnsafeBytes(of: address) { UInt16(bigEndian: $0.loadUnaligned(fromByteOffset: 2, as: UInt16.self)) }
  }
}
