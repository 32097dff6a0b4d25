/// Any JSON at all: what is passed on to somebody else.
extension JSONTree: OptionValue {
  public static var typeName: String { "JSON" }
  public static var expectation: String { "JSON" }
  public static var schema: JSONTree { [:] }

  public static func decode(_ node: ConfigurationNode, _ decoder: inout OptionDecoder) -> JSONTree? { node.tree }

  public var encoded: JSONTree {
    switch self {
    case .object(let members): .object(members.map { Member($0.key, $0.value.encoded) })
    case .array(let elements): .array(elements.map(\.encoded))
    case .string(let text): text.encoded
    case .number, .boolean, .null: self
    }
  }
}
