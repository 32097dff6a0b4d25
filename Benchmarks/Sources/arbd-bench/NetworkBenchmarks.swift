@_spi(Benchmarks) import ArbdTransport
import CLoopback
import Foundation

/// From the socket to frames in a batch, against a sender of prepared bytes, and the same bytes by a loop that only reads.
enum NetworkBenchmarks {
  private static let payload = 180
  /// As many as the system's buffers hold, so that a pass waits for nobody.
  private static let count = 8_000

  static var all: [Benchmark] {
    let (plain, encrypted) = ("180-byte frames over loopback", "the same over TLS, a record for each frame")
    return [
      .passes(plain, "recv and nothing else", role: .bare, unit: "frame") { try bare(isEncrypted: false) },
      .passes(plain, "socket to frames", unit: "frame", required: 1) {
        (try loop(isEncrypted: false), try bare(isEncrypted: false))
      },
      .passes(encrypted, "SSL_read and nothing else", role: .bare, unit: "frame") { try bare(isEncrypted: true) },
      .passes(encrypted, "socket to frames", unit: "frame", atMost: 1.3) {
        (try loop(isEncrypted: true), try bare(isEncrypted: true))
      },
    ]
  }

  private static func loop(isEncrypted: Bool) throws -> Pass {
    let certificate = isEncrypted ? try Certificate() : nil
    let port = try serve(certificate)
    let url = "\(isEncrypted ? "wss" : "ws")://localhost:\(port)/"
    guard let socket = BenchmarkedSocket(url, certificateFile: certificate?.certificate) else {
      throw Failure(description: "\(url) does not open")
    }
    var surplus = 0
    return Pass(operations: count, prepare: letBuffersFill) {
      guard let received = socket.receive(count - surplus) else { fatalError("the sender has left") }
      surplus += received - count
      return received
    }
  }

  private static func bare(isEncrypted: Bool) throws -> Pass {
    let port = try serve(isEncrypted ? try Certificate() : nil)
    guard let client = bare_open(port, isEncrypted ? 1 : 0) else { throw Failure(description: "no connection") }
    let frame = payload + 4
    var surplus = 0
    return Pass(operations: count, prepare: letBuffersFill) {
      let read = bare_read(client, count * frame - surplus)
      guard read > 0 else { fatalError("the sender has left") }
      surplus += read - count * frame
      return read
    }
  }

  private static func serve(_ certificate: Certificate?) throws -> UInt16 {
    let text = Array(repeatElement(UInt8(ascii: "7"), count: payload))
    let frame = [0x81, 126, 0, UInt8(payload)] + text
    let port = loopback_serve(frame, frame.count, certificate?.certificate, certificate?.key)
    guard port > 0 else { throw Failure(description: "cannot serve on loopback") }
    return port
  }

  @Sendable private static func letBuffersFill() { usleep(20_000) }

  private struct Failure: Error, CustomStringConvertible {
    let description: String
  }
}

/// A certificate for localhost that is its own authority, made by the `openssl` command.
private struct Certificate {
  let certificate: String
  let key: String

  init() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("arbd-bench-\(getpid())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    certificate = folder.appendingPathComponent("certificate.pem").path
    key = folder.appendingPathComponent("key.pem").path
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [
      "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
      "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-out", certificate, "-keyout", key,
    ]
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
  }
}
