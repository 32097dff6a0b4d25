/// `spread`: one instrument at several venues.
public struct SpreadDetector: Detector {
  public static let name = "spread"
  public static let summary = "The price of one instrument at several venues, pair by pair."

  public let settings: DetectorSettings
  private let options: SpreadOptions

  public init(options: SpreadOptions, context: PluginContext) {
    self.options = options
    settings = DetectorSettings(
      name: context.name, input: options.input, price: options.price, minRecords: options.minRecords,
      window: options.window)
  }

  public var venues: [String] { options.venues }

  public var instruments: [Instrument] {
    let group = options.treatAsEqual.first { $0.contains(options.instrument.quote) } ?? [options.instrument.quote]
    return group.map { Instrument(base: options.instrument.base, quote: $0) }
  }

  public func makeEvaluation(fees: FeeSchedule) -> any WindowEvaluation {
    SpreadEvaluation(detector: settings.name, options: options, fees: fees)
  }
}
