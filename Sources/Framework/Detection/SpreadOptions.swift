/// What a `spread` detector is asked for.
public struct SpreadOptions: PluginOptions, Equatable {
  /// Above all of these an alert is raised; without any, always.
  public struct Threshold: OptionGroup, Equatable {
    /// In the quote asset.
    public var absolute: Double?
    public var grossBasisPoints: Double?
    public var netBasisPoints: Double?

    public init() {}

    public static let fields: [OptionField<Self>] = [
      .optional("absolute", \.absolute, "Sell price less buy price must be above.", .unit("quote asset")),
      .optional(
        "gross_bps", \.grossBasisPoints, "The spread before fees must be above.", .unit("basis points")),
      .optional("net_bps", \.netBasisPoints, "The spread after fees must be above.", .unit("basis points")),
    ]
  }

  public var instrument = Instrument(base: "", quote: "")
  public var venues: [String] = []
  public var treatAsEqual: [[String]] = []
  public var window = WindowOptions()
  public var input = InputKind.trades
  public var price = PriceKind.mean
  public var threshold = Threshold()
  public var minRecords = 1
  public var emit = EmitKind.best

  public init() {}

  public static let fields: [OptionField<Self>] = [
    .required("instrument", \.instrument, "What is compared, as BASE-QUOTE."),
    .required("venues", \.venues, "Where; ties go to the first.", .count(2...), .distinct, .each(.printable)),
    .optional(
      "treat_as_equal", \.treatAsEqual, "Groups of quote assets that count as one.",
      .each(.nonEmpty), .each(.each(.ticker)), .disjoint),
    .required("window", \.window, "How time is cut."),
    .optional("input", \.input, "The records that count."),
    .optional("price", \.price, "The price of a market in a window."),
    .optional("threshold", \.threshold, "An alert is above all that are named."),
    .optional("min_records", \.minRecords, "A market with fewer in a window takes no part in it.", .in(1...)),
    .optional("emit", \.emit, "Which pairs of a window become alerts."),
  ]

  public func validate(_ validator: inout OptionValidator) {
    validator.check(price: price, of: input)
  }
}
