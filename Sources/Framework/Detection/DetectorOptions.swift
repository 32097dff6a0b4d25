/// `window`: how a detector cuts time.
public struct WindowOptions: OptionGroup, Equatable {
  public var size = Duration.seconds(10)
  public var offset = Duration.zero
  public var outOfOrderness = Duration.seconds(2)
  public var idleTimeout = DurationOrNever.duration(.seconds(10))
  public var watermark = WatermarkKind.perMarket
  public var maxClockSkew = Duration.seconds(2)

  public init() {}

  public static let fields: [OptionField<Self>] = [
    .required("size", \.size, "Length of a window in event time.", .positive),
    .optional("offset", \.offset, "Windows start at multiples of the size plus this."),
    .optional(
      "out_of_orderness", \.outOfOrderness,
      "How far a market's watermark stays behind its largest event time."),
    .optional("idle_timeout", \.idleTimeout, "A market silent for longer no longer holds windows open."),
    .optional(
      "watermark", \.watermark, "Whether the slowest market decides, or all are taken as one stream."),
    .optional("max_clock_skew", \.maxClockSkew, "Records whose event time is further ahead are rejected."),
  ]
}

/// Which market's time fires windows.
public enum WatermarkKind: String, OptionChoice {
  /// The smallest watermark of the markets that are not idle.
  case perMarket = "per_market"
  /// The largest of all, idle or not.
  case merged
}

/// How the records of a market in a window become one price.
public enum PriceKind: String, OptionChoice {
  case mean, vwap, last
}

/// How many of a window's findings become alerts.
public enum EmitKind: String, OptionChoice {
  case best, all
}

/// The records that a detector reads.
public enum InputKind: String, OptionChoice {
  case trades, quotes
}

extension OptionTrait where Value == [[String]] {
  /// No asset in two groups, or twice in one.
  static var disjoint: OptionTrait {
    OptionTrait(check: { groups, node, decoder in
      var seen: Set<String> = []
      var areDisjoint = true
      for (group, groupNode) in zip(groups, node.elements) {
        for (asset, place) in zip(group, groupNode.elements) where !seen.insert(asset).inserted {
          areDisjoint = decoder.fail("\(asset.encoded) stands in a group already", at: place)
        }
      }
      return areDisjoint
    })
  }
}

extension OptionTrait<String> {
  /// An asset as instruments name it: without it, a slip such as `btc` would match no market and no one would know.
  static var ticker: OptionTrait {
    OptionTrait(
      refine: { $0 = OptionSchema.text(pattern: "^[^-a-z\\s]+$") },
      check: { asset, node, decoder in
        guard Instrument("\(asset)-\(asset)") != nil else {
          return decoder.fail("expected an asset such as \"BTC\", found \(asset.encoded)", at: node)
        }
        let isCapital = !asset.utf8.contains { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) }
        let suggestion = "did you mean \(asset.uppercased().encoded)?"
        return isCapital || decoder.fail("assets are written in capitals", at: node, suggestion: suggestion)
      })
  }
}

extension OptionValidator {
  /// `vwap` weighs by size, and quotes have no traded size.
  mutating func check(price: PriceKind, of input: InputKind) {
    guard input == .quotes, price == .vwap else { return }
    error(
      at: "price", "\"vwap\" needs trades, and \"input\" is \"quotes\"",
      suggestion: "use \"mean\" or \"last\"")
  }
}
