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

  public func makeEvaluation(fees: FeeSchedule) -> any WindowEvaluation {
    CycleEvaluation(detector: settings.name, options: options, fees: fees)
  }
}
