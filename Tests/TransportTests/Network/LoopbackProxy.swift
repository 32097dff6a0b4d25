import Foundation
import Glibc
import Synchronization

/// A proxy on loopback that makes tunnels to loopback's ports, or answers every request with a refusal.
final class LoopbackProxy: Sendable {
  private let server: LoopbackServer
  private let log: Log

  final class Log: Sendable {
    let heads = Mutex<[String]>([])
  }

  init(_ certificate: TestCertificates.Files? = nil, refusal: String? = nil) throws {
    let log = Log()
    self.log = log
    server = try LoopbackServer(certificate) { peer in
      let head = peer.receiveHead().head
      log.heads.withLock { $0.append(head) }
      if let refusal {
        peer.send("HTTP/1.1 \(refusal)\r\nContent-Length: 0\r\n\r\n")
        return peer.waitForEnd()
      }
      guard let target = head.split(separator: " ").dropFirst().first,
        let port = target.split(separator: ":").last.flatMap({ UInt16($0) }), let other = LoopbackProxy.connect(port)
      else { return }
      peer.send("HTTP/1.1 200 Connection established\r\n\r\n")
      peer.relay(other)
      close(other)
    }
  }

  var url: String { "http://127.0.0.1:\(server.port)" }
  var encryptedURL: String { "https://localhost:\(server.port)" }

  /// The first lines of the requests.
  var requests: [String] { log.heads.withLock { $0.map { String($0.prefix { $0 != "\r\n" }) } } }

  /// The heads of the requests.
  var heads: [String] { log.heads.withLock { $0 } }

  private static func connect(_ port: UInt16) -> Int32? {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in.loopback(port: port)
    let isConnected = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
    return isConnected ? descriptor : nil
  }
}
