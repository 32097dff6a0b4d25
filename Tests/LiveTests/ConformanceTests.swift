import ArbdSimulator
import ArbdTestKit
import CAllocationCounter
import Foundation
import Testing

@testable import ArbdFramework

/// The adapters that come with arbd, held against some seconds of their simulated venues on all channels.
@Suite struct ConformanceTests {
  @Test(arguments: VenueKind.allCases) func theAdapterConforms(_ venue: VenueKind) async throws {
    let instruments = Array(venue.defaultInstruments.prefix(2))
    let capture = try BookCapture(venue, instruments)
    let trial = try LiveTrial(
      venues: [(venue, instruments)], channels: Channel.allCases, rates: .init(trades: 40, quotes: 40),
      policy: ConnectionPolicy.patient, source: capture.record)
    try await trial.wait("trades and quotes") {
      trial.records.trades(at: venue.rawValue).count >= 80 && trial.records.quotes(at: venue.rawValue).count >= 80
    }
    _ = await trial.end()
    let context = PluginContext(logger: LogLines().logger, name: venue.rawValue, markets: MarketTable())
    @Sendable func adapter(_ instruments: [Instrument]) throws -> any ExchangeAdapter {
      var options = MarketDataOptions()
      (options.instruments, options.channels) = (instruments, Channel.allCases)
      return try venue.adapter(options, context)
    }
    let recording = try Recording(capture: capture.bytes(), venue: venue.rawValue)
    let report = try await inThread {
      Result {
        var conformance = AdapterConformance(try adapter(instruments), recording)
        conformance.remake = adapter
        conformance.allocationsOfThread = allocations_of_thread
        // Coinbase Exchange numbers no updates of its books.
        conformance.numbersBooks = venue != .coinbase
        conformance.sendsChecksums = venue == .kraken ? true : nil
        // Bybit's ids are opaque, the simulator's rise by one all the same.
        conformance.numbersTrades = venue != .bybit
        return conformance.run()
      }
    }.get()
    #expect(report.passed, "\(report)")
  }
}

/// Runs what takes long where it holds up no task.
private func inThread<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async -> Value {
  await withCheckedContinuation { continuation in
    Thread.detachNewThread { continuation.resume(returning: work()) }
  }
}
