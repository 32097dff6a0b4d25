import ArbdAdapters
import ArbdFramework
import CAllocationCounter
import Foundation
import Synchronization

/// Whole runs: a configuration, its replay source, the core, a sink that does nothing.
enum RunBenchmarks {
  static var all: [Benchmark] {
    records.benchmarks + program.benchmarks + capture.benchmarks + [startUp]
  }

  /// A file and the configuration that reads it.
  private struct FileRun {
    var group: String
    let unit: String
    var required: Double
    let venues: [String]
    let write: (TemporaryFile, Int) throws -> Void
    var source: (_ path: String) -> String

    static let lines = 1_000_000.0

    var benchmarks: [Benchmark] {
      [
        Benchmark(group: group, name: "reading and counting lines", role: .bare, unit: unit) { effort in
          try measure(effort) { file in _ = try file.countLines() }
        },
        Benchmark(group: group, name: "run", unit: unit, requiredRate: required) { effort in
          try measure(effort) { file in
            let run = try RunBenchmarks.assemble(Configurations.text(source: source(file.path), venues: venues))
            count_allocations_of_process(1)
            defer { count_allocations_of_process(0) }
            let summary = run.executeAndWait()
            guard let summary, summary.end == .finished, summary.counts.alerts > 0 else {
              throw Failure(description: summary?.json ?? "no summary")
            }
          }
        },
      ]
    }

    /// What all threads used of the processor: the time that a run would take on one core. What it took is in the note.
    private func measure(_ effort: Effort, _ body: (TemporaryFile) throws -> Void) throws -> Measurement {
      let lines = FileRun.lines * effort.scale
      let file = try TemporaryFile()
      try write(file, Int(lines))
      try body(file)
      ProcessMemory.resetPeak()
      var used: [Double] = []
      var elapsed: [Double] = []
      let allocations = allocations_of_process()
      for _ in 0..<effort.runs {
        let (start, ticks) = (ContinuousClock.now, clock())
        try body(file)
        elapsed.append(Double((ContinuousClock.now - start).nanoseconds) / lines)
        used.append(Double(clock() - ticks) * 1e9 / Double(CLOCKS_PER_SEC) / lines)
      }
      return Measurement(
        nanoseconds: used.median,
        allocations: Double(allocations_of_process() - allocations) / lines / Double(effort.runs),
        peakMemory: ProcessMemory.peak, note: "on one core; by the clock on the wall \(elapsed.median.text(0)) ns")
    }
  }

  private static var records: FileRun {
    FileRun(
      group: "record file → alerts", unit: "record", required: 2, venues: MadeUpMarkets.usualVenues,
      write: { file, count in
        var tape = Tape(MadeUpMarkets(instruments: 20, venues: 5), rate: 10_000)
        try file.writeLines(count) { _, line in line.append(tradeOf: &tape) }
      },
      source: { path in #"{ "type": "replay", "path": "\#(path)" }"# })
  }

  /// The same by way of a pipe, from a program that does nothing but write.
  private static var program: FileRun {
    var run = records
    run.group = "record lines of a program → alerts"
    run.required = 0.2
    run.source = { path in
      let path = path.replacing("/self/", with: "/\(ProcessInfo.processInfo.processIdentifier)/")
      let script = #"read -r request; echo '{\"arbd\":1}'; exec cat "# + path
      return """
        { "type": "process", "command": ["sh", "-c", "\(script)"], "instruments": ["BTC-USDT"], "clock": "records" }
        """
    }
    return run
  }

  private static var capture: FileRun {
    FileRun(
      group: "capture file → alerts", unit: "frame", required: 1, venues: ["coinbase", "binance"],
      write: { file, count in
        var tapes = [FrameTape(.coinbaseMatch), FrameTape(.binanceStreamTrade)]
        let venues = ["coinbase", "binance"]
        try file.writeLines(count) { number, line in
          let time = FrameTape.start + Int64(number) * 100
          let place = number & 1
          line.append(captureLineOf: tapes[place].next(at: time), venue: venues[place], at: time + 20_000)
        }
      },
      source: { path in Configurations.capture(path, instruments: FrameTape.instruments) })
  }

  // MARK: Start

  private static var startUp: Benchmark {
    .passes("start: 1,000 instruments × 2 venues", "load and assemble", unit: "start") {
      let instruments = (0..<1_000).map { Instrument(base: MadeUpMarkets.asset($0), quote: "USDT") }
      let source = Configurations.capture("none.jsonl", instruments: instruments)
      let text = Configurations.text(source: source, venues: ["coinbase", "binance"], instruments: instruments)
      _ = try assemble(text)
      return Pass(operations: 1) { (try? assemble(text)) == nil ? 0 : text.utf8.count }
    }
  }

  private static func assemble(_ text: String) throws -> Run {
    let registry = try Registry(
      adapters: [CoinbaseAdapter.self, BinanceAdapter.self], sources: [ReplaySource.self, ProcessSource.self],
      detectors: [SpreadDetector.self], sinks: [NoSink.self])
    let (configuration, diagnostics) = Configuration.load(
      text: Array(text.utf8), fileName: "bench", environment: [:], registry: registry)
    guard let configuration else { throw Failure(description: "\(diagnostics)") }
    return try Assembly(configuration, logger: .silent).makeRun(logger: .silent)
  }

  struct Failure: Error, CustomStringConvertible {
    let description: String
  }
}

extension Run {
  /// An asynchronous `main` would start threads of Dispatch's that profilers stumble over (valgrind stops).
  fileprivate func executeAndWait() -> RunSummary? {
    let done = DispatchSemaphore(value: 0)
    let result = Mutex<RunSummary?>(nil)
    Task {
      let summary = await execute()
      result.withLock { $0 = summary }
      done.signal()
    }
    done.wait()
    return result.withLock { $0 }
  }
}

/// A destination that takes everything and keeps nothing.
private struct NoSink: ArbdFramework.Sink {
  struct Options: PluginOptions {
    static let fields: [OptionField<Options>] = []
  }

  static let name = "none"
  static let summary = "Keeps nothing."
  static let accepts: Set<Record.Kind> = [.alert]

  init(options: Options, context: PluginContext) {}

  func connect() async throws(DeliveryError) {}
  func deliver(_ batch: [Record]) async throws(DeliveryError) {}
  func close() async {}
}
