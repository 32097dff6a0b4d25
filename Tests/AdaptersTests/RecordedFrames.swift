import Foundation
import Testing

@testable import ArbdFramework

/// Files that lie beside the project, or in the folder that the environment names.
enum RecordedFile: String {
  case coinbase = "coinbase-2021-04-17.capture.jsonl"
  case binance = "binance-2023-04-05.capture.jsonl"
  case okx = "okx-2022-05-13.capture.jsonl"
  case coinbaseProducts = "coinbase-products-2021-04-17.json"
  case binanceInstruments = "binance-exchangeInfo-2021-10-11.json"
  case okxInstruments = "okx-instruments-2022-02-27.json"
  case krakenPairs = "kraken-AssetPairs-2021-04-17.json"

  private static let folder: URL = {
    let project = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let shared =
      ProcessInfo.processInfo.environment["ARBD_SHARED"].map { URL(fileURLWithPath: $0) }
      ?? project.deletingLastPathComponent().appendingPathComponent("shared")
    return shared.appendingPathComponent("recordings")
  }()

  static let areThere = FileManager.default.fileExists(atPath: RecordedFile.coinbase.path)

  var path: String { RecordedFile.folder.appendingPathComponent("\(rawValue).gz").path }

  func content() throws -> Data {
    let gzip = Process()
    gzip.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    gzip.arguments = ["gzip", "-dc", path]
    let output = Pipe()
    gzip.standardOutput = output
    try gzip.run()
    let content = output.fileHandleForReading.readDataToEndOfFile()
    gzip.waitUntilExit()
    try #require(gzip.terminationStatus == 0)
    return content
  }

  struct Frame: Decodable {
    let receiveTime: Int64
    let frame: String

    enum CodingKeys: String, CodingKey {
      case receiveTime = "receive_time_us"
      case frame
    }

    var time: Timestamp { Timestamp(microseconds: receiveTime) }
  }

  func frames() throws -> [Frame] {
    try content().split(separator: UInt8(ascii: "\n")).map { try JSONDecoder().decode(Frame.self, from: $0) }
  }
}
