import ArbdFramework
import ArbdTestKit
import CAllocationCounter
import Foundation
import NewvenueAdapter
import Testing

@Suite struct NewvenueAdapterTests {
  private static func adapter(_ instruments: [Instrument]) throws -> NewvenueAdapter {
    var options = MarketDataOptions()
    options.instruments = instruments
    options.channels = [.trades, .quotes]
    return try NewvenueAdapter(options: options, context: .ofTest())
  }

  /// Frames as the venue sends them, in the format that `"record"` on a source writes.
  private static func capture() throws -> [UInt8] {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
    return Array(try Data(contentsOf: folder.appending(path: "Newvenue.jsonl")))
  }

  /// All that the runtime relies on, held against the recorded frames; a check that fails names the frame.
  @Test func itConforms() throws {
    let instruments = [Instrument(base: "BTC", quote: "USD"), Instrument(base: "ETH", quote: "USD")]
    let recording = try Recording(capture: try Self.capture(), venue: "newvenue")
    var conformance = AdapterConformance(try Self.adapter(instruments), recording)
    conformance.remake = { try Self.adapter($0) }
    conformance.allocationsOfThread = allocations_of_thread
    let report = conformance.run()
    #expect(report.passed, "\(report)")
  }

  @Test func symbolsAreTheVenues() throws {
    let adapter = try Self.adapter([])
    #expect(adapter.symbol(for: Instrument(base: "DOGE", quote: "USDT")) == "DOGE_USDT")
  }
}
