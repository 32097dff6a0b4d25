// Options that stand in a file of their own.

extension OptionDecoder {
  /// Reads options from a file that the value at `node` names. What is wrong with that file is reported at the node:
  /// `bitstamp.json:9:16: /messages/0/price: expected a JSON pointer such as "/data/price", found the number 5`. Variables
  /// are not replaced in it.
  public mutating func document<Options: PluginOptions>(
    _ type: Options.Type, text: [UInt8], fileName: String, named node: ConfigurationNode
  ) -> Options? {
    var parser = ConfigurationParser(SourceText(text, fileName: fileName), environment: nil)
    var (options, diagnostics) = (Options?.none, parser.diagnostics)
    if let tree = parser.parse() {
      var decoder = OptionDecoder(parser.diagnostics, registry: registry)
      options = decoder.options(type, from: tree)
      diagnostics = decoder.diagnostics
    } else {
      diagnostics = parser.diagnostics
    }
    for finding in diagnostics.all {
      let place = "\(fileName):\(finding.line):\(finding.column)"
      let message = "\(place): \(finding.pointer.isEmpty ? "" : "\(finding.pointer): ")\(finding.message)"
      switch finding.severity {
      case .error: error(message, at: node.position, suggestion: finding.suggestion)
      case .warning: warning(message, at: node.position, suggestion: finding.suggestion)
      }
    }
    return diagnostics.hasErrors ? nil : options
  }
}

extension ConfigurationNode {
  /// The value as it is written again; nil where a text has a mistake, which has been reported.
  public var tree: JSONTree? {
    switch value {
    case .object(let members):
      let written = members.compactMap { member in member.node.tree.map { JSONTree.Member(member.key, $0) } }
      return written.count == members.count ? .object(written) : nil
    case .array(let elements):
      let written = elements.compactMap(\.tree)
      return written.count == elements.count ? .array(written) : nil
    case .string(let text): return text.text.map { .string($0) }
    case .number(let digits): return .number(digits)
    case .boolean(let value): return .boolean(value)
    case .null: return .null
    }
  }
}
