public import ArbdFramework

/// Holds an adapter and frames that were recorded at its venue against everything that the runtime relies on.
///
/// ```swift
/// let report = AdapterConformance(adapter, try Recording(capture: bytes, venue: "bitstamp")).run()
/// #expect(report.passed, "\(report)")
/// ```
///
/// A recording should hold the acknowledgements, and some seconds of data of every channel and instrument that the adapter
/// was asked for. What it cannot show is reported as not checked, with the reason.
public struct AdapterConformance {
  /// The adapter for other instruments, on the same channels; some checks need it.
  public var remake: ((_ instruments: [Instrument]) throws -> any ExchangeAdapter)?
  /// Instruments of all lengths, for the check of symbols; those that the venue cannot have are left out of it.
  public var symbolInstruments = [
    "BTC-USD", "ETH-USDT", "DOGE-USDT", "1INCH-USDT", "OP-EUR", "X-EUR", "SHIB-BTC", "RENDER-USDT",
  ]
  /// The records that must come out, as lines of JSON in their order, worked out by hand from the venue's documentation.
  public var expected: [String]?
  /// How often each kind of frame is spoilt.
  public var mutationsPerFrame = 200
  /// The venue promises that trades of a market are numbered one by one: a lost one can be noticed.
  public var numbersTrades = true
  /// The venue numbers the updates of its order books, or sends checksums: a lost one can be noticed.
  public var numbersBooks = true
  /// The venue sends checksums of its order books; nil: not known.
  public var sendsChecksums: Bool?
  /// How often the calling thread has asked for memory so far; nil where nobody counts (`ArbdAllocationCounter`).
  public var allocationsOfThread: (() -> UInt64)?

  private let adapter: any ExchangeAdapter
  private let recording: Recording

  public init(_ adapter: any ExchangeAdapter, _ recording: Recording) {
    self.adapter = adapter
    self.recording = recording
  }

  /// The names of all checks, in the order of a report.
  public static var checks: [String] { Examination.checks.map(\.name) }

  public func run() -> ConformanceReport {
    let examination = Examination(self, adapter, recording)
    var report = ConformanceReport(subject: adapter.venue.id)
    for (name, check) in Examination.checks {
      let outcome: ConformanceReport.Line.Outcome
      do throws(Finding) {
        outcome = .passed(try check(examination))
      } catch {
        outcome = error.isWrong ? .failed(error.text) : .skipped(error.text)
      }
      report.lines.append(ConformanceReport.Line(check: name, outcome: outcome))
    }
    return report
  }
}

/// Why a check did not pass.
struct Finding: Error {
  let isWrong: Bool
  let text: String

  /// Wrong, at a frame of the recording.
  static func wrong(_ text: String, line: Int? = nil, frame: [UInt8]? = nil) -> Finding {
    var full = text
    if let line, line > 0 { full = "frame in line \(line): \(text)" }
    if let frame { full += "; the frame: \(FrameText.excerpt(frame))" }
    return Finding(isWrong: true, text: full)
  }

  static func unknown(_ text: String) -> Finding { Finding(isWrong: false, text: text) }
}
