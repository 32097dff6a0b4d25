import Foundation
import Glibc
import Logging
import OperationsTestSupport
import Synchronization
import Testing

@testable import ArbdOperations

@Suite(.timeLimit(.minutes(5))) struct ControlSocketTests {
  private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("arbd-\(UUID().uuidString)")
  private var path: String { folder.appendingPathComponent("s").path }

  init() throws { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) }

  private func server() throws -> ControlServer {
    let server = try ControlServer(path: path, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    server.start()
    return server
  }

  private func line(_ client: ControlClient) async throws -> String? {
    try await inThread {
      Result { try client.nextLine().map { String(decoding: $0, as: UTF8.self) } }
    }.get()
  }

  private func waitUntil(_ isTrue: () -> Bool) async throws {
    while !isTrue() { try await Task.sleep(for: .milliseconds(2)) }
  }

  @Test func aNewcomerIsGivenAllAndThenWhatIsNew() async throws {
    let server = try server()
    defer { server.stop() }
    #expect(!server.hasViewers)
    let first = try ControlClient(path: path)
    try await waitUntil { server.hasViewers }
    server.publish(Array("one\n".utf8)) { Array("all of it\n".utf8) }
    #expect(try await line(first) == "all of it")
    server.publish(Array("two\n".utf8)) { Array("unused\n".utf8) }
    #expect(try await line(first) == "two")
    server.publish([]) { [] }
    first.cancel()
    try await waitUntil { !server.hasViewers }
  }

  @Test func nobodyElseMayConnect() throws {
    let server = try server()
    defer { server.stop() }
    var status = stat()
    #expect(lstat(path, &status) == 0)
    #expect(status.st_mode & 0o777 == 0o600)
  }

  @Test func whoDoesNotReadIsDisconnectedAndNobodyWaits() async throws {
    let server = try server()
    defer { server.stop() }
    let lazy = try ControlClient(path: path)
    try await waitUntil { server.hasViewers }
    let chunk = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20) + [UInt8(ascii: "\n")]
    for _ in 0..<10 { server.publish(chunk) { chunk } }
    try await waitUntil { !server.hasViewers }
    lazy.cancel()
  }

  @Test func theEndIsToldAndTheSocketRemoved() async throws {
    let server = try server()
    let client = try ControlClient(path: path)
    try await waitUntil { server.hasViewers }
    server.publish(Array("last\n".utf8)) { Array("last\n".utf8) }
    server.stop()
    #expect(try await line(client) == "last")
    #expect(try await line(client) == nil)
    #expect(access(path, F_OK) != 0)
  }

  @Test func whatACrashHasLeftIsReplaced() throws {
    let left = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let bound = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(left, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
    }
    #expect(bound == 0)
    close(left)
    try server().stop()
  }

  @Test func whatIsInUseIsNotTaken() throws {
    let server = try server()
    defer { server.stop() }
    let error = #expect(throws: ControlError.self) { try self.server() }
    #expect(error?.description == "\(path): another process listens there")
  }

  @Test func aFileThatIsNoSocketStays() throws {
    try Data("x".utf8).write(to: URL(fileURLWithPath: path))
    let error = #expect(throws: ControlError.self) { try self.server() }
    #expect(error?.description == "\(path): there is something that is no socket")
    #expect(access(path, F_OK) == 0)
  }

  @Test func aPathThatIsTooLongIsNamed() {
    let long = "/tmp/" + String(repeating: "x", count: 200)
    let error = #expect(throws: ControlError.self) { try ControlClient(path: long) }
    #expect(error?.reason == "longer than the 107 bytes that a socket's path can have")
  }

  @Test func withoutADaemonTheErrorSaysSo() {
    let error = #expect(throws: ControlError.self) { try ControlClient(path: self.path) }
    #expect(error?.description == "\(path): cannot connect: No such file or directory")
  }
}
