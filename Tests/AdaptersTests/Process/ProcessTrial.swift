import ArbdAdapters
import ArbdProcesses
import Foundation
import Testing

@testable import ArbdFramework

/// A process source at work on a script, and what it puts into the log.
final class ProcessTrial {
  private let log: InputLog
  private var reader: InputReader
  private let ended = NSCondition()
  private(set) var events: [InputEvent] = []
  /// Why the source ended; nil while it runs, empty where nothing failed.
  private(set) var ending: String?
  private var texts: [String] = []
  let folder: TemporaryFolder
  let source: ProcessSource
  let markets = MarketTable()

  /// How long a test waits for anything before it fails.
  static let patience = Duration.seconds(60)

  /// `script`: for a shell; `$DIR` is a folder of its own. What `head` begins reads the request and answers it.
  init(_ script: String, head: String = shake, _ change: (inout ProcessSourceOptions) -> Void = { _ in }) throws {
    folder = try TemporaryFolder()
    var options = ProcessSourceOptions()
    options.instruments = ["BTC-USD", "ETH-USD"].compactMap { Instrument($0) }
    options.process.command = ["sh", try folder.file("program.sh", Data("\(head)\n\(script)\n".utf8))]
    options.process.environment = ["DIR": Secret(folder.url.path)]
    options.longestDelay = .milliseconds(20)
    change(&options)
    source = ProcessSource(options: options, context: .ofTest("program", markets))
    log = InputLog(markets: markets)
    let writer = log.addLane(pace: source.pace)
    reader = InputReader(log)
    try source.open()
    let (source, log) = (source, log)
    Thread.detachNewThread {
      do {
        try source.run(writer)
        log.end(writer)
      } catch {
        log.end(writer, failure: error)
      }
    }
  }

  deinit { log.stop() }

  static let shake = #"read -r request; echo '{"arbd":1}'"#

  static func trade(_ id: Int, venue: String = "shop", instrument: String = "BTC-USD", more: String = "") -> String {
    #"{"venue":"\#(venue)","instrument":"\#(instrument)","price":"60000.50","size":"0.10","side":"buy","trade_id":"\#(id)","#
      + #""event_time_us":\#(1_000_000 + id)\#(more)}"#
  }

  static func echo(_ lines: String...) -> String { lines.map { "echo '\($0)'" }.joined(separator: "\n") }

  /// Reads the log until something holds of what has been read, ticks left out, or the source has ended.
  func read(until isEnough: ([String]) -> Bool = { _ in false }) throws -> [String] {
    let deadline = ContinuousClock.now + ProcessTrial.patience
    while !isEnough(texts), ending == nil {
      try #require(ContinuousClock.now < deadline, "\(texts)")
      switch reader.next() {
      case .events(let lane, let range):
        let batch = reader.batch(of: lane)
        for event in batch.events[range] {
          events.append(event)
          if let text = text(event) { texts.append(text) }
        }
      case .ended, .stopped: ending = ""
      case .failed(let error): ending = "\(error)"
      case .attention, .progress, .nothing: continue
      }
    }
    return texts
  }

  var counts: [String: UInt64] { log.sourceCounts[0] }

  func stop() { log.stop() }

  private func text(_ event: InputEvent) -> String? {
    switch event {
    case .record(.trade(let trade)): "trade \(markets[trade.market]) \(trade.id)"
    case .record(.quote(let quote)): "quote \(markets[quote.market])"
    case .record(.withdrawn(let market, _, _)): "withdrawn \(markets[market])"
    default: nil
    }
  }
}

/// Whether a process is no more, or nothing but a status that nobody has asked for.
func isGone(_ process: String) -> Bool {
  guard let status = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8) else { return true }
  return status.split(separator: ")").last?.split(separator: " ").first == "Z"
}
