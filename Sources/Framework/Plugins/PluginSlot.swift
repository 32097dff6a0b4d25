/// A place in a configuration where plugins stand: what it takes, and the keys that the framework reads there.
public protocol PluginSlot: Sendable {
  /// What is made of an item: `any Sink`.
  associatedtype Product
  /// The keys that every item has besides `type`.
  associatedtype Common: PluginItemOptions

  /// One item, for messages and for the schema: `sink`.
  static var noun: String { get }
  /// No two items have one name.
  static var namesAreUnique: Bool { get }
  /// An item without a name has that of its type.
  static var namesDefaultToType: Bool { get }

  /// The common keys of items of one type.
  static func commonFields(of type: any Plugin.Type) -> [OptionField<Common>]
  /// What can stand here.
  static func choices(in registry: Registry) -> [PluginChoice<Product>]
}

/// A plugin that can stand in a slot.
public struct PluginChoice<Product>: Sendable {
  let entry: PluginEntry<Product>
}

/// The keys that all items of a slot have besides `type`.
public protocol PluginItemOptions: PluginOptions {
  var name: String? { get set }
}

extension PluginSlot {
  public static func commonFields(of type: any Plugin.Type) -> [OptionField<Common>] { Common.fields }

  /// The keys that a plugin cannot have itself.
  static var commonKeys: [String] { ["type"] + Common.fields.map(\.key) }

  /// The documentation of the common keys, without `type`.
  public static func commonDocumentation(of type: any Plugin.Type) -> [OptionDocumentation] {
    commonFields(of: type).map(\.documentation)
  }
}

// MARK: - Sources

/// `sources`: sources, and adapters, each of which means live connections to its venue.
public enum SourceSlot: PluginSlot {
  public enum Product: Sendable {
    case source(any Source)
    case adapter(any ExchangeAdapter)

    var source: (any Source)? { if case .source(let source) = self { source } else { nil } }
  }

  public typealias Common = LiveOptions

  public static let noun = "source"
  public static let namesAreUnique = false
  public static let namesDefaultToType = true

  /// What concerns connections is for adapters alone.
  public static func commonFields(of type: any Plugin.Type) -> [OptionField<Common>] {
    type is any ExchangeAdapter.Type ? LiveOptions.fields : [LiveOptions.nameField]
  }

  public static func choices(in registry: Registry) -> [PluginChoice<Product>] {
    registry.sourceEntries.map { PluginChoice(entry: $0.map { .source($0) }) }
      + registry.adapterEntries.map { PluginChoice(entry: $0.map { .adapter($0) }) }
  }
}

/// Adapters inside the options of a source: those whose frames a capture holds.
public enum AdapterSlot: PluginSlot {
  public typealias Product = any ExchangeAdapter
  public typealias Common = LiveOptions

  public static let noun = "adapter"
  public static let namesAreUnique = false
  public static let namesDefaultToType = true

  /// It connects to nothing here.
  public static func commonFields(of type: any Plugin.Type) -> [OptionField<Common>] { [LiveOptions.nameField] }

  public static func choices(in registry: Registry) -> [PluginChoice<Product>] {
    registry.adapterEntries.map { PluginChoice(entry: $0) }
  }
}

// MARK: - Detectors and sinks

/// `detectors`.
public enum DetectorSlot: PluginSlot {
  public typealias Product = any Detector

  public struct Common: PluginItemOptions {
    public var name: String?

    public init() {}

    public static let fields: [OptionField<Self>] = [
      .required(
        "name", \.name, "Stands in its alerts; unique among the detectors.", .printable,
        .rule { $0 == "arbd" ? "\"arbd\" is reserved for the program itself" : nil })
    ]
  }

  public static let noun = "detector"
  public static let namesAreUnique = true
  public static let namesDefaultToType = false

  public static func choices(in registry: Registry) -> [PluginChoice<Product>] {
    registry.detectorEntries.map { PluginChoice(entry: $0) }
  }
}

/// `sinks`.
public enum SinkSlot: PluginSlot {
  public typealias Product = any Sink

  public typealias Common = SinkOptions

  public static let noun = "sink"
  public static let namesAreUnique = true
  public static let namesDefaultToType = true

  public static func commonFields(of type: any Plugin.Type) -> [OptionField<Common>] {
    Common.fields(accepting: (type as? any Sink.Type)?.accepts ?? [])
  }

  public static func choices(in registry: Registry) -> [PluginChoice<Product>] {
    registry.sinkEntries.map { PluginChoice(entry: $0) }
  }
}

extension Record.Kind: OptionChoice {
  /// Status records go to every sink that accepts them; nobody asks for them.
  public static var choices: [Record.Kind] { allCases.filter { $0 != .status } }
}

extension OptionTrait<String> {
  /// Not empty, and nothing that would break a line of a log or of an alert's identity.
  static var printable: OptionTrait {
    rule { text in
      if text.isEmpty { return "must not be empty" }
      let isPrintable = text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }
      return isPrintable ? nil : "must hold no control character"
    }
  }
}

extension OptionTrait<[Record.Kind]> {
  /// None but these kinds.
  static func accepted(_ kinds: Set<Record.Kind>) -> OptionTrait {
    let choices = Record.Kind.choices.filter(kinds.contains)
    let words = choices.map { "\(Quoted($0.rawValue))" }.joined(separator: ", ")
    return OptionTrait(
      typeName: "list of \(words)",
      refine: { schema in
        schema["items"] = ["anyOf": [["enum": .array(choices.map(\.encoded))], OptionSchema.variable]]
      },
      check: { value, node, decoder in
        var isAccepted = true
        for (kind, place) in zip(value, node.elements) where !kinds.contains(kind) {
          isAccepted = decoder.fail("this sink does not take \(kind.encoded); it takes \(words)", at: place)
        }
        return isAccepted
      })
  }
}
