/// What records have in common that one worker must see together: the key under which a broker keeps them.
///
/// A topic's partitions are shared out by key, so a detector sees all of its markets only where they have one key.
public enum RecordKey: Sendable, Equatable {
  /// `BTC` for BTC-USD and BTC-USDT.
  case base
  /// `BTC-USD`
  case instrument
  /// `coinbase`
  case venue
  /// By name, base assets that stay together; an asset in no group is its own.
  case group([String: [String]])

  public func key(of market: Market) -> String { RecordKeys(self).key(of: market) }
}

/// The keys of markets, with groups looked up at once.
public struct RecordKeys: Sendable {
  private let kind: RecordKey
  private let groups: [String: String]

  public init(_ kind: RecordKey) {
    self.kind = kind
    guard case .group(let members) = kind else {
      groups = [:]
      return
    }
    let pairs = members.flatMap { name, assets in assets.map { ($0, name) } }
    groups = Dictionary(pairs, uniquingKeysWith: min)
  }

  public func key(of market: Market) -> String {
    switch kind {
    case .base: market.instrument.base
    case .instrument: market.instrument.description
    case .venue: market.venue
    case .group: groups[market.instrument.base] ?? market.instrument.base
    }
  }
}

extension RecordKey: OptionValue {
  private static let words: [(word: String, key: RecordKey)] = [
    ("base", .base), ("instrument", .instrument), ("venue", .venue),
  ]

  public static var typeName: String { "\"base\", \"instrument\", \"venue\", or object" }
  public static var expectation: String {
    "\"base\", \"instrument\", \"venue\", or { \"group\": { \"NAME\": [\"BTC\", …] } }"
  }
  public static var nested: [OptionDocumentation] { KeyGroups.fields.map(\.documentation) }
  public static var schema: JSONTree {
    ["anyOf": [["enum": .array(words.map { .string($0.word) })], OptionSchema.variable, KeyGroups.schema]]
  }

  public static func decode(_ node: ConfigurationNode, _ decoder: inout OptionDecoder) -> RecordKey? {
    if case .object = node.value { return KeyGroups.decode(node, &decoder).map { .group($0.group) } }
    guard let text = decoder.string(node, expected: expectation) else { return nil }
    if let known = words.first(where: { $0.word == text }) { return known.key }
    let near = Spelling.nearest(to: text, among: words.map(\.word)).map { "did you mean \(Quoted($0))?" }
    return decoder.mismatch(node, expected: expectation, suggestion: near)
  }

  public var encoded: JSONTree {
    if case .group(let members) = self {
      var groups = KeyGroups()
      groups.group = members
      return groups.encoded
    }
    return .string(RecordKey.words.first { $0.key == self }?.word ?? "base")
  }
}

/// The object form of a key.
private struct KeyGroups: OptionGroup {
  var group: [String: [String]] = [:]

  static let fields: [OptionField<Self>] = [
    .required("group", \.group, "Base assets that stay together, under a name of your own.", .nonEmpty)
  ]

  func validate(_ validator: inout OptionValidator) {
    var owners: [String: String] = [:]
    for (name, assets) in group.sorted(by: { $0.key < $1.key }) {
      for asset in assets {
        if let owner = owners.updateValue(name, forKey: asset) {
          validator.error(at: "group", "\(Quoted(asset)) stands in \(Quoted(owner)) and in \(Quoted(name))")
        }
      }
    }
  }
}
