/// What a `cycle` detector is asked for.
public struct CycleOptions: PluginOptions, Equatable {
  /// Above all of these an alert is raised; without any, always.
  public struct Threshold: OptionGroup, Equatable {
    public var grossBasisPoints: Double?
    public var netBasisPoints: Double?

    public init() {}

    public static let fields: [OptionField<Self>] = [
      .optional(
        "gross_bps", \.grossBasisPoints, "The gain before fees must be above.", .unit("basis points")),
      .optional("net_bps", \.netBasisPoints, "The gain after fees must be above.", .unit("basis points")),
    ]
  }

  public var venues: [String] = []
  public var assets: [String] = []
  public var treatAsEqual: [[String]] = []
  public var maxLegs = 3
  public var window = WindowOptions()
  public var input = InputKind.trades
  public var price = PriceKind.mean
  public var threshold = Threshold()
  public var minRecords = 1
  public var emit = EmitKind.all

  public init() {}

  public static let fields: [OptionField<Self>] = [
    .required("venues", \.venues, "Where; ties go to the first.", .nonEmpty, .distinct, .each(.printable)),
    .required(
      "assets", \.assets, "What is traded round; a cycle starts at its first in this order.",
      .count(3...), .distinct, .each(.ticker)),
    .optional(
      "treat_as_equal", \.treatAsEqual, "Groups of assets that count as one.",
      .each(.nonEmpty), .each(.each(.ticker)), .disjoint),
    .optional("max_legs", \.maxLegs, "The longest cycle.", .in(3...8), .unit("trades")),
    .required("window", \.window, "How time is cut."),
    .optional("input", \.input, "The records that count."),
    .optional("price", \.price, "The price of a market in a window."),
    .optional("threshold", \.threshold, "An alert is above all that are named."),
    .optional("min_records", \.minRecords, "A market with fewer in a window takes no part in it.", .in(1...)),
    .optional("emit", \.emit, "Which cycles of a window become alerts."),
  ]

  public func validate(_ validator: inout OptionValidator) {
    validator.check(price: price, of: input)
    if mostCycles > Double(CycleEvaluation.pathBudget) {
      validator.warning(
        at: "max_legs",
        "if all \(nodeCount) assets trade with each other, there are more cycles than the "
          + "\(CycleEvaluation.pathBudget) paths that are tried in a window", suggestion: "name fewer assets or legs")
    }
    if nodeCount < 3 {
      validator.warning(
        at: "assets",
        "only \(nodeCount) are left after \"treat_as_equal\", and a cycle needs three: it never alerts")
    }
  }

  /// How many cycles there are when every two assets trade: Σ n! / ((n − k)! · k) for k legs.
  private var mostCycles: Double {
    let nodes = Double(nodeCount)
    return stride(from: 3.0, through: Double(maxLegs), by: 1).reduce(0) { sum, legs in
      guard legs <= nodes else { return sum }
      return sum + stride(from: nodes - legs + 1, through: nodes, by: 1).reduce(1, *) / legs
    }
  }

  /// How many of the assets differ once groups count as one.
  private var nodeCount: Int {
    Set(assets.map { asset in treatAsEqual.first { $0.contains(asset) }?.first ?? asset }).count
  }
}
