/// The JSON Schema (draft 2020-12) of configuration files, made from what the plugins of a registry declare: editors
/// complete and check with it. The same registry always gives the same text.
///
/// It is a little looser than the program: it takes any string with a `${NAME}` for good, and it does not see what joins
/// several options.
public struct ConfigurationSchema: Sendable {
  public let document: JSONTree

  public init(_ registry: Registry) {
    var document: JSONTree = [
      "$schema": "https://json-schema.org/draft/2020-12/schema",
      "title": "Configuration of arbd",
    ]
    for member in OptionSchema.object(Configuration.fields.map(\.documentation)).members {
      document[member.key] = member.value
    }
    var definitions = [
      Self.slot(SourceSlot.self, registry.sources + registry.adapters),
      Self.slot(AdapterSlot.self, registry.adapters),
      Self.slot(DetectorSlot.self, registry.detectors),
      Self.slot(SinkSlot.self, registry.sinks),
    ]
    let plugins = registry.sources + registry.adapters + registry.detectors + registry.sinks
    definitions += plugins.map { JSONTree.Member($0.definitionName, Self.item($0)) }
    document["$defs"] = .object(definitions)
    self.document = document
  }

  /// The document, indented, as a file holds it.
  public var text: String { document.prettyPrinted }

  /// An item of a list of plugins: its `type` says which of the plugins' definitions holds. Written with if and then,
  /// not with oneOf, so that a mistake is reported where it is instead of as "matches none".
  private static func slot(_ slot: (some PluginSlot).Type, _ plugins: [PluginDescriptor]) -> JSONTree.Member {
    let types = plugins.map { plugin -> JSONTree in
      ["const": .string(plugin.name), "description": .string(plugin.summary)]
    }
    var schema: JSONTree = [
      "type": "object",
      "properties": [
        "type": [
          "description": .string("Which \(slot.noun)."), "anyOf": .array(types + [OptionSchema.variable]),
        ]
      ],
      "required": ["type"],
    ]
    let conditions = plugins.map { plugin -> JSONTree in
      [
        "if": ["properties": ["type": ["const": .string(plugin.name)]], "required": ["type"]],
        "then": ["$ref": .string("#/$defs/\(plugin.definitionName)")],
      ]
    }
    if !conditions.isEmpty { schema["allOf"] = .array(conditions) }
    return JSONTree.Member(slot.noun, schema)
  }

  private static func item(_ plugin: PluginDescriptor) -> JSONTree {
    let type = JSONTree.Member(
      "type", ["const": .string(plugin.name), "description": .string(plugin.summary)])
    var schema: JSONTree = ["description": .string(plugin.summary)]
    for member in OptionSchema.object(plugin.commonOptions + plugin.options, with: [type]).members {
      schema[member.key] = member.value
    }
    return schema
  }
}

extension PluginDescriptor {
  fileprivate var definitionName: String { "\(kind.rawValue).\(name)" }
}
