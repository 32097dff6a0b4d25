/// Plugins as a configuration lists them: `"sinks": [ { "type": "terminal" }, … ]`. A source that has adapters inside
/// declares an option of type `PluginList<AdapterSlot>`.
public struct PluginList<Slot: PluginSlot>: Sendable {
  public let items: [PluginItem<Slot>]
  /// No item was left out because it could not be read.
  let isComplete: Bool

  public init() { self.init([], isComplete: true) }

  private init(_ items: [PluginItem<Slot>], isComplete: Bool) {
    self.items = items
    self.isComplete = isComplete
  }
}

/// One plugin of a list: read and checked, not yet made.
public struct PluginItem<Slot: PluginSlot>: Sendable {
  public let descriptor: PluginDescriptor
  /// The name that was given or, where a slot has that default, the type.
  public let name: String
  /// The keys that the framework reads.
  public let common: Slot.Common
  /// The plugin's own: `options as? SpreadOptions`.
  public let options: any PluginOptions
  /// Where it stands, for what is found out later: `diagnostics.error("…", at: item.node.position(of: "venues"))`.
  public let node: ConfigurationNode
  fileprivate let binding: PluginEntry<Slot.Product>.Binding

  public func make(_ context: PluginContext) throws -> Slot.Product { try binding.make(context) }

  fileprivate var encoded: JSONTree {
    var common = common
    common.name = name
    let shared = Slot.commonFields(of: descriptor.type).compactMap { $0.member(of: common) }
    return .object([JSONTree.Member("type", .string(descriptor.name))] + shared + options.encoded.members)
  }
}

extension PluginList: RandomAccessCollection {
  public var startIndex: Int { items.startIndex }
  public var endIndex: Int { items.endIndex }
  public subscript(index: Int) -> PluginItem<Slot> { items[index] }
}

extension PluginList: OptionValue {
  public static var typeName: String { "list of \(Slot.noun)s" }
  public static var schema: JSONTree {
    ["type": "array", "items": ["$ref": .string("#/$defs/\(Slot.noun)")]]
  }

  public var encoded: JSONTree { .array(items.map(\.encoded)) }

  public static func decode(_ node: ConfigurationNode, _ decoder: inout OptionDecoder) -> PluginList? {
    guard case .array(let elements) = node.value else {
      return decoder.mismatch(node, expected: expectation)
    }
    let list = readable(node, &decoder)
    let namesAreGood = !Slot.namesAreUnique || checkNames(elements, &decoder)
    return namesAreGood && list.isComplete ? list : nil
  }

  /// The items that can be read, for checks that shall not wait until all of them can.
  static func readable(_ node: ConfigurationNode?, _ decoder: inout OptionDecoder) -> PluginList {
    let elements = node?.elements ?? []
    let choices = Slot.choices(in: decoder.registry)
    let items = elements.compactMap { item($0, choices: choices, &decoder) }
    return PluginList(items, isComplete: node != nil && items.count == elements.count)
  }

  private static func item(
    _ node: ConfigurationNode, choices: [PluginChoice<Slot.Product>], _ decoder: inout OptionDecoder
  ) -> PluginItem<Slot>? {
    guard case .object = node.value else {
      return decoder.mismatch(node, expected: "an object with a \"type\"")
    }
    let types = choices.map(\.entry.descriptor.name)
    guard let typeNode = node["type"] else {
      if let slip = node.members.first(where: { Spelling.nearest(to: $0.key, among: ["type"]) != nil }) {
        decoder.error("unknown key", at: slip.keyPosition, suggestion: "did you mean \"type\"?")
      } else {
        let suggestion = Spelling.known(types, noun: "types")
        decoder.error("missing; it is required", at: node.position(of: "type"), suggestion: suggestion)
      }
      return nil
    }
    guard let type = decoder.string(typeNode, expected: "the name of a \(Slot.noun)") else { return nil }
    guard let entry = choices.first(where: { $0.entry.descriptor.name == type })?.entry else {
      let suggestion = Spelling.suggestion(for: type, among: types, noun: "types")
      return decoder.refuse(typeNode, "no \(Slot.noun) is of type \(Quoted(type))", suggestion: suggestion)
    }
    let fields = Slot.commonFields(of: entry.descriptor.type)
    let common = decoder.options(
      Slot.Common.self, from: node, fields: fields, otherKeys: ["type"] + entry.descriptor.options.map(\.key),
      reportsUnknownKeys: false)
    let binding = entry.bind(node, ["type"] + fields.map(\.key), &decoder)
    guard let common, let binding else { return nil }
    return PluginItem(
      descriptor: entry.descriptor, name: common.name ?? type, common: common, options: binding.options,
      node: node,
      binding: binding)
  }

  /// Looks at all elements, those with other mistakes too.
  private static func checkNames(_ elements: [ConfigurationNode], _ decoder: inout OptionDecoder) -> Bool {
    var owners: [String: ConfigurationPath] = [:]
    var areUnique = true
    for element in elements {
      let given = element["name"] ?? (Slot.namesDefaultToType ? element["type"] : nil)
      guard case .string(let text)? = given?.value, let name = text.text else { continue }
      if let owner = owners[name] {
        areUnique = false
        decoder.error(
          "the name \(Quoted(name)) is taken by \(owner)", at: element.position(of: "name"),
          suggestion: element["name"] == nil ? "the name defaults to the type; give one of them another" : nil
        )
      } else {
        owners[name] = element.position.path
      }
    }
    return areUnique
  }
}
