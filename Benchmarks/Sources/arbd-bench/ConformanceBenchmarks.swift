import ArbdAdapters
import ArbdFramework
import ArbdTestKit
import CAllocationCounter

/// What the conformance kit says of allocations: it can tell in a release build alone.
enum ConformanceBenchmarks {
  static var all: [Benchmark] {
    [
      Benchmark(group: "conformance kit", name: "allocations of a session", unit: "frame") { _ in
        var tape = FrameTape(.binanceStreamTrade)
        let frames = (0..<400).map { tape.next(at: FrameTape.start + Int64($0) * 100_000) }
        var options = MarketDataOptions()
        options.instruments = FrameTape.instruments
        let context = PluginContext(logger: .silent, name: "binance", markets: MarketTable())
        var conformance = AdapterConformance(
          try BinanceAdapter(options: .init(data: options), context: context), Recording(frames: frames))
        conformance.mutationsPerFrame = 10
        conformance.allocationsOfThread = allocations_of_thread
        let outcome = conformance.run()["allocations"]
        guard case .passed(let text)? = outcome else {
          return Measurement(nanoseconds: .nan, note: "\(outcome, default: "no such check")", failure: "it allocates")
        }
        return Measurement(nanoseconds: .nan, allocations: 0, note: text)
      }
    ]
  }
}
