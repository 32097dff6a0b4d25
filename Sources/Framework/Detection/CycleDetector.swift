/// `cycle`: chains of trades that end in the asset that they began with.
public struct CycleDetector: Detector {
  public static let name = "cycle"
  public static let summary = "Triangles and longer cycles through the markets between several assets."

  public let settings: DetectorSettings
  private let options: CycleOptions

  public init(options: CycleOptions, context: PluginContext) {
    self.options = options
    settings = DetectorSettings(
      name: context.name, input: options.input, price: options.price, minRecords: options.minRecords,
      window: options.window)
  }

  public var venues: [String] { options.venues }

  /// Any two assets that do not count as one, in both orders: which of them a venue trades is not known here.
  public var instruments: [Instrument] {
    let groups = AssetGroups(options.treatAsEqual)
    let assets = Set(
      options.assets + options.treatAsEqual.filter { !$0.allSatisfy { !options.assets.contains($0) } }.joined()
    )
    .sorted()
    return assets.flatMap { base in
      assets.filter { !groups.areEqual(base, $0) }.map { Instrument(base: base, quote: $0) }
    }
  }

  public func makeEvaluation(fees: FeeSchedule) -> any WindowEvaluation {
    CycleEvaluation(detector: settings.name, options: options, fees: fees)
  }
}
