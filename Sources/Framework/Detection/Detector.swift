/// Something that looks for price differences in windows.
public protocol Detector: Plugin {
  /// What all detectors have in common.
  var settings: DetectorSettings { get }

  /// The venues that it names, in its order.
  var venues: [String] { get }

  /// Every instrument that a member of it can have; empty when it cannot tell.
  var instruments: [Instrument] { get }

  /// What is computed when a window fires; fresh for each run.
  func makeEvaluation(fees: FeeSchedule) -> any WindowEvaluation
}

extension Detector {
  public var instruments: [Instrument] { [] }
}

/// How a detector forms windows and prices, whatever it computes from them.
public struct DetectorSettings: Sendable {
  public let name: String
  public let input: InputKind
  public let price: PriceKind
  public let minRecords: Int
  public let window: WindowOptions

  public init(name: String, input: InputKind, price: PriceKind, minRecords: Int, window: WindowOptions) {
    self.name = name
    self.input = input
    self.price = price
    self.minRecords = minRecords
    self.window = window
  }
}

extension Detector {
  /// The detector at work, with nothing seen yet.
  func makeDetector(fees: FeeSchedule, summaries: WindowSummaries? = nil) -> WindowedDetector {
    WindowedDetector(
      settings: settings, type: Self.name, evaluation: makeEvaluation(fees: fees), summaries: summaries)
  }
}

extension DetectorSettings {
  var rule: PriceAggregate.Rule {
    switch (input, price) {
    case (.trades, .mean): .mean
    case (.trades, .vwap): .vwap
    case (.trades, .last): .last
    case (.quotes, .last): .lastQuote
    // Quotes have no traded size to weigh by; the options refuse that pair.
    case (.quotes, .mean), (.quotes, .vwap): .meanQuote
    }
  }
}

extension WindowOptions {
  var watermarkSettings: Watermark.Settings {
    let idle: Int64? =
      switch idleTimeout {
      case .duration(let duration): duration.wholeMicroseconds
      case .never: nil
      }
    return Watermark.Settings(
      frame: WindowFrame(size: max(1_000, size.wholeMicroseconds), offset: offset.wholeMicroseconds),
      outOfOrderness: outOfOrderness.wholeMicroseconds, idleTimeout: idle, isMerged: watermark == .merged)
  }
}

extension Duration {
  /// In microseconds, the rest cut off. Options keep durations below a year or so.
  var wholeMicroseconds: Int64 {
    components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000
  }
}
