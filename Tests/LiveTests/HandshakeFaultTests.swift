import ArbdSimulator
import Foundation
import Testing

@testable import ArbdFramework

/// Answers that are no WebSocket: the log says which, and it is tried again until there is one.
@Suite struct HandshakeFaultTests {
  static let answers = [
    ("status 200", ["200"]), ("status 301", ["301"]), ("status 403", ["403", "trying again all the same"]),
    ("status 429", ["429"]), ("status 503", ["503"]), ("wrong-accept", ["Sec-WebSocket-Accept"]),
  ]

  @Test(arguments: answers) func theLogNamesIt(fault: String, parts: [String]) async throws {
    let trial = try LiveTrial(["binance \(fault) 1h"], policy: ConnectionPolicy.short)
    try await trial.waitForLog("binance connection 0: down: ")
    let said = trial.log.all.joined(separator: "\n")
    for part in parts { #expect(said.contains(part), "\(said)") }
    try trial.inject("binance \(fault) 1ms")
    try await trial.waitForLog("binance connection 0: live")
    try await trial.waitForAlerts()
    _ = await trial.end()
  }

  @Test func aCertificateThatNobodyVouchesForIsRefused() async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "arbd-tests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let files = TLSFiles(certificate: folder.appending(path: "c.pem").path, key: folder.appending(path: "k.pem").path)
    let openssl = Process()
    openssl.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    openssl.arguments = [
      "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
      "-subj", "/CN=venue", "-addext", "subjectAltName=IP:127.0.0.1", "-out", files.certificate, "-keyout", files.key,
    ]
    openssl.standardError = FileHandle.nullDevice
    try openssl.run()
    openssl.waitUntilExit()

    let strict = try LiveTrial(policy: ConnectionPolicy.short, simulation: { $0.tls = files })
    // It goes on trying.
    try await strict.waitForLog("binance connection 0: down: ", count: 2)
    #expect(strict.log.contains("self-signed") || strict.log.contains("self signed"), "\(strict.log.all)")
    let (_, summary) = await strict.end()
    #expect(summary.venues["binance"]?.connects == 0)

    let trusting = try LiveTrial(
      policy: ConnectionPolicy.short, simulation: { $0.tls = files }, source: { $0.certificateFile = files.certificate }
    )
    try await trusting.waitForAlerts()
    _ = await trusting.end()
  }
}
