import Foundation
import Testing

/// Real frames that were recorded at the venues, where they lie beside the project: what comes out is, byte for byte,
/// what an independent decoder made of them.
@Suite(.enabled(if: Recording.areThere, "no recordings beside the project"))
struct RecordingsTests {
  @Test(arguments: Recording.all)
  func givesWhatAnotherDecoderGave(_ recording: Recording) async throws {
    let daemon = try Daemon()
    let kinds = recording.kinds
    let sinks = kinds.map { #"{"type":"jsonl","name":"\#($0)","path":"\#($0).jsonl","records":["\#($0)"]}"# }
    try daemon.file(
      "config.json",
      #"""
      {"sources":[{"type":"replay","path":"\#(recording.file("capture").path)","format":"capture",
         "adapters":[{"type":"\#(recording.venue)","instruments":\#(recording.instruments),"channels":\#(kinds)}]}],
       "sinks":[\#(sinks.joined(separator: ","))]}
      """#)
    let result = try await daemon.run("--config", "config.json", "--summary", "summary.json")
    #expect(result.status == 0, "\(result.errors)")
    for kind in kinds {
      let unpacked = try await daemon.shell("gzip -dc '\(recording.file(kind).path)' | cmp - \(kind).jsonl")
      #expect(unpacked.status == 0, "\(kind): \(unpacked.text)\(unpacked.errors)")
      #expect(try !daemon.content("\(kind).jsonl").isEmpty)
    }
    let own = try #require(daemon.json("summary.json")["arbd"] as? [String: Any])
    let venues = try #require(own["venues"] as? [String: [String: Any]])
    let frames = try #require(venues[recording.venue]?["frames"] as? [String: Any])
    #expect(frames["total"] as? Int == recording.frameCount)
    #expect(frames["unknown"] as? Int == 0)
    #expect(frames["undecodable"] as? Int == 0)
  }
}

struct Recording: Sendable, CustomTestStringConvertible {
  let name: String
  let venue: String
  let instruments: [String]
  let kinds: [String]
  let frameCount: Int

  var testDescription: String { name }

  /// Beside the project, unless the environment names another folder.
  private static let folder =
    (ProcessInfo.processInfo.environment["ARBD_SHARED"].map { URL(fileURLWithPath: $0) }
    ?? Daemon.project.deletingLastPathComponent().appendingPathComponent("shared"))
    .appendingPathComponent("recordings")

  static let areThere = all.allSatisfy { FileManager.default.fileExists(atPath: $0.file("capture").path) }

  func file(_ kind: String) -> URL { Recording.folder.appendingPathComponent("\(name).\(kind).jsonl.gz") }

  static let all = [
    Recording(
      name: "coinbase-2021-04-17", venue: "coinbase",
      instruments: [
        "BAND-GBP", "BAND-BTC", "YFI-BTC", "NU-GBP", "CRV-EUR", "SKL-GBP", "SKL-USD", "SKL-BTC", "NMR-EUR",
        "DASH-BTC",
      ], kinds: ["trades"], frameCount: 9_946),
    Recording(
      name: "binance-2023-04-05", venue: "binance", instruments: ["BTC-USDT"], kinds: ["trades", "quotes"],
      frameCount: 15_088),
    Recording(
      name: "okx-2022-05-13", venue: "okx", instruments: ["BTC-USDT"], kinds: ["trades"], frameCount: 410),
  ]
}
