public import ArbdFramework

/// Where the pointer of a field begins, in messages with `items`.
public enum PointerOrigin: String, OptionChoice { case item, message }

/// A field that is a pointer or, with more to say, an object whose `at` is the pointer.
public protocol FieldPlace: OptionGroup {
  var pointer: JSONPointer { get set }
}

extension FieldPlace {
  public static var typeName: String { "JSON pointer or object" }
  public static var expectation: String { "a JSON pointer such as \"/data/price\", or an object with \"at\"" }
  public static var schema: JSONTree {
    ["anyOf": [JSONPointer.schema, OptionSchema.object(fields.map(\.documentation))]]
  }

  static func pointerOrObject(_ node: ConfigurationNode, _ decoder: inout OptionDecoder) -> Self? {
    guard case .string = node.value else { return decoder.group(Self.self, from: node) }
    guard let pointer = JSONPointer.decode(node, &decoder) else { return nil }
    var place = Self()
    place.pointer = pointer
    return place
  }

  public static func decode(_ node: ConfigurationNode, _ decoder: inout OptionDecoder) -> Self? {
    pointerOrObject(node, &decoder)
  }

  fileprivate static var at: OptionField<Self> { .required("at", \.pointer, "The pointer.") }
}

extension JSONPointer {
  /// The document itself: what stands in a field before its pointer is read.
  static let whole = JSONPointer(tokens: [])
}

/// `symbol`: which instrument a message is about.
public struct SymbolPlace: FieldPlace {
  public var pointer = JSONPointer.whole
  public var origin = PointerOrigin.item
  public var prefix = ""
  public var suffix = ""

  public init() {}

  public static let fields: [OptionField<Self>] = [
    at,
    .optional("from", \.origin, "Where the pointer begins, in messages with items."),
    .optional("prefix", \.prefix, "What stands in front of the symbol: live_trades_."),
    .optional("suffix", \.suffix, "What stands behind it."),
  ]
}

/// `side`: who bought.
public struct SidePlace: FieldPlace {
  public enum Party: String, OptionChoice { case taker, maker }

  public var pointer = JSONPointer.whole
  public var buy: [ScalarText] = []
  public var sell: [ScalarText] = []
  public var party = Party.taker

  public init() {}

  public static let fields: [OptionField<Self>] = [
    at,
    .required("buy", \.buy, "The values that say that it bought; all others are an unknown side.", .nonEmpty),
    .required("sell", \.sell, "The values that say that it sold.", .nonEmpty),
    .optional("of", \.party, "Whose side it is: the taker's, or that of the order that was there before."),
  ]

  public func validate(_ validator: inout OptionValidator) {
    for value in sell where buy.contains(value) {
      validator.error(at: "sell", "\"\(value.text.printable)\" stands in \"buy\" too")
    }
  }
}

/// `id`: what tells trades apart.
public struct IDPlace: FieldPlace {
  public var pointer = JSONPointer.whole
  public var counts = false

  public init() {}

  public static let fields: [OptionField<Self>] = [
    at,
    .optional(
      "counts", \.counts, "Each trade of an instrument has the number after the last one's, so that a gap is a loss."),
  ]
}

/// `time`: the venue's own.
public struct TimePlace: FieldPlace {
  public var pointer = JSONPointer.whole
  public var unit = TimeUnit.milliseconds
  public var origin = PointerOrigin.item

  public init() {}

  public static let fields: [OptionField<Self>] = [
    at,
    .required("unit", \.unit, "Since 1970, or iso8601 for 2026-04-17T16:43:37.089Z."),
    .optional("from", \.origin, "Where the pointer begins, in messages with items."),
  ]

  /// Units are never guessed: a pointer alone will not do.
  public static func decode(_ node: ConfigurationNode, _ decoder: inout OptionDecoder) -> TimePlace? {
    guard case .object = node.value else {
      return decoder.mismatch(node, expected: "an object such as { \"at\": \"/data/timestamp\", \"unit\": \"ms\" }")
    }
    return decoder.group(TimePlace.self, from: node)
  }
}

/// A text, number, truth or null as a message would spell it, without quotes.
public struct ScalarText: OptionValue, Hashable {
  public let text: String

  public init(_ text: String) { self.text = text }

  public static var typeName: String { "value" }
  public static var expectation: String { "a text, a number, true, false or null" }
  public static var schema: JSONTree { ["type": ["string", "number", "boolean", "null"]] }

  public static func decode(_ node: ConfigurationNode, _ decoder: inout OptionDecoder) -> ScalarText? {
    MessageConditions.scalar(node).map { ScalarText($0) } ?? decoder.mismatch(node, expected: expectation)
  }

  public var encoded: JSONTree { text.encoded }
}
