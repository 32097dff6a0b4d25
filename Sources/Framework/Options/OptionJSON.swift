/// Any JSON at all: what is passed on to somebody else.
extension JSONTree: OptionValue {
  public static var typeName: String { "JSON" }
  public static var expectation: String { "JSON" }
  public static var schema: JSONTree { [:] }

  public static func decode(_ node: ConfigurationNode, _ decoder: inout OptionDecoder) -> JSONTree? { node.tree }

  public var encoded: JSONTree { self }
}
