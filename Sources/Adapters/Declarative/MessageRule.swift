public import ArbdFramework

/// What a message of the venue is.
public enum MessageKind: String, OptionChoice {
  case trades, quotes
  /// It confirms streams.
  case acknowledged
  /// It refuses them.
  case refused
  /// An error about no stream in particular.
  case error
  case heartbeat
  /// The venue will close the connection.
  case closing
  /// Of no use here.
  case ignored
}

/// One of `messages`: how it is recognised, and where what it says stands.
public struct MessageRule: OptionGroup {
  public var kind = MessageKind.ignored
  public var conditions = MessageConditions()
  public var items: JSONPointer?
  public var symbol: SymbolPlace?
  public var price: JSONPointer?
  public var size: JSONPointer?
  public var side: SidePlace?
  public var id: IDPlace?
  public var time: TimePlace?
  public var bid: JSONPointer?
  public var bidSize: JSONPointer?
  public var ask: JSONPointer?
  public var askSize: JSONPointer?
  public var number: JSONPointer?
  public var channel: MarketChannel?
  public var request: JSONPointer?
  public var reason: JSONPointer?

  public init() {}

  /// A channel that a file can describe.
  public enum MarketChannel: String, OptionChoice {
    case trades, quotes
    var channel: Channel { self == .trades ? .trades : .quotes }
  }

  public static let fields: [OptionField<Self>] = [
    .required("kind", \.kind, "What it is."),
    .optional("when", \.conditions, "What is so in it, by pointer; every message fits where absent."),
    .optional(
      "items", \.items,
      "trades, quotes: an array with several in it. The other pointers then begin at an element, but where they say "
        + "\"from\": \"message\"."),
    .optional("symbol", \.symbol, "The venue's name of the instrument."),
    .optional("price", \.price, "trades: a number, or a text with one."),
    .optional("size", \.size, "trades: in the base asset."),
    .optional("side", \.side, "trades: who bought; unknown where absent."),
    .optional("id", \.id, "trades: what tells them apart."),
    .optional("time", \.time, "trades, quotes: the venue's time; quotes without it have that of their arrival."),
    .optional("bid", \.bid, "quotes: the best price bid; null where there is none."),
    .optional("bid_size", \.bidSize, "quotes: in the base asset."),
    .optional("ask", \.ask, "quotes: the best price asked; null where there is none."),
    .optional("ask_size", \.askSize, "quotes: in the base asset."),
    .optional("number", \.number, "quotes: a number that grows with each change, by which repetitions are noticed."),
    .optional("channel", \.channel, "acknowledged, refused: which one; all where absent."),
    .optional("request", \.request, "acknowledged, refused: the {id} of the request that is answered."),
    .optional("reason", \.reason, "refused, error: the venue's words."),
  ]

  public func validate(_ validator: inout OptionValidator) {
    var needed: [(key: String, isThere: Bool)] = []
    switch kind {
    case .trades:
      needed = [
        ("symbol", symbol != nil), ("price", price != nil), ("size", size != nil), ("id", id != nil),
        ("time", time != nil),
      ]
    case .quotes:
      needed = [
        ("symbol", symbol != nil), ("bid", bid != nil), ("bid_size", bidSize != nil), ("ask", ask != nil),
        ("ask_size", askSize != nil),
      ]
    case .refused where symbol == nil && request == nil:
      needed = [("symbol", false)]
    default: break
    }
    for (key, isThere) in needed where !isThere {
      validator.error(at: key, "missing; a message of kind \"\(kind.rawValue)\" needs it")
    }
    if items != nil, kind != .trades, kind != .quotes {
      validator.error(at: "items", "is for trades and quotes; this is of kind \"\(kind.rawValue)\"")
    }
  }
}

/// `when`: what is so in a message, by pointer. All of it must be.
///
///     {"/event": "trade", "/channel": {"prefix": "live_trades_"}, "/data/type": [0, 1], "/error": {"present": false}}
public struct MessageConditions: OptionValue {
  public enum Test: Sendable {
    /// One of these, as they are written.
    case isAny([String])
    case begins(String)
    case isPresent(Bool)
  }

  public var tests: [(pointer: JSONPointer, test: Test)] = []
  private var written = JSONTree.object([])

  public init() {}

  public static var typeName: String { "tests by JSON pointer" }
  public static var expectation: String { "an object such as { \"/event\": \"trade\" }" }
  public static var schema: JSONTree { ["type": "object"] }
  private static let testExpectation =
    "a value, a list of values, { \"prefix\": \"…\" } or { \"present\": true }"

  public static func decode(_ node: ConfigurationNode, _ decoder: inout OptionDecoder) -> MessageConditions? {
    guard case .object(let members) = node.value, let tree = node.tree else {
      return decoder.mismatch(node, expected: expectation)
    }
    var conditions = MessageConditions()
    conditions.written = tree
    for member in members {
      guard let pointer = JSONPointer(member.key) else {
        return decoder.refuse(
          member.node, "the key is no JSON pointer such as \"/data/price\"", suggestion: "it begins with \"/\"")
      }
      guard let test = test(member.node, &decoder) else { return nil }
      conditions.tests.append((pointer, test))
    }
    return conditions
  }

  private static func test(_ node: ConfigurationNode, _ decoder: inout OptionDecoder) -> Test? {
    switch node.value {
    case .array(let elements):
      let values = elements.compactMap(scalar)
      guard values.count == elements.count, !values.isEmpty else {
        return decoder.mismatch(node, expected: testExpectation)
      }
      return .isAny(values)
    case .object(let members):
      guard members.count == 1, let member = members.first else { break }
      if member.key == "prefix", case .string(let text) = member.node.value, let prefix = text.text {
        return .begins(prefix)
      }
      if member.key == "present", case .boolean(let isPresent) = member.node.value { return .isPresent(isPresent) }
    default: if let value = scalar(node) { return .isAny([value]) }
    }
    return decoder.mismatch(node, expected: testExpectation)
  }

  /// The value as a message would spell it, without quotes.
  static func scalar(_ node: ConfigurationNode) -> String? {
    switch node.value {
    case .string(let text): text.text
    case .number(let digits): digits
    case .boolean(let value): value ? "true" : "false"
    case .null: "null"
    case .array, .object: nil
    }
  }

  public var encoded: JSONTree { written }
}
