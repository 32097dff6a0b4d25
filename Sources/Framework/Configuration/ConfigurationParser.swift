/// Makes the tree of a configuration file. A fault of syntax ends it with one error; duplicate keys and variables that
/// cannot be replaced are reported, and the tree goes on without them.
struct ConfigurationParser {
  private let source: SourceText
  private let environment: [String: String]?
  private(set) var diagnostics: Diagnostics
  /// Where it is, for the explanation of a fault.
  private var context = SyntaxContext()

  static let depthLimit = 64

  /// `environment`: what variables stand for; nil where texts are taken as they are.
  init(_ source: SourceText, environment: [String: String]?) {
    self.source = source
    self.environment = environment
    diagnostics = Diagnostics(source: source)
  }

  /// The file's object; nil when there is none, which has been reported.
  mutating func parse() -> ConfigurationNode? {
    if let fault = SyntaxFault(beforeParsing: source.bytes) {
      report(fault)
      return nil
    }
    let bytes = source.bytes
    var json = JSONScanner(bytes.span.bytes, depthLimit: Self.depthLimit)
    do throws(JSONError) {
      let top = try node(&json, path: ConfigurationPath())
      try json.finish()
      return top
    } catch {
      report(SyntaxFault(error, in: source, context))
      return nil
    }
  }

  private mutating func report(_ fault: SyntaxFault) {
    let position = ConfigurationPosition(path: ConfigurationPath(), offset: fault.offset)
    diagnostics.error(fault.message, at: position, suggestion: fault.suggestion)
  }

  private mutating func node(
    _ json: inout JSONScanner, path: ConfigurationPath
  ) throws(JSONError) -> ConfigurationNode {
    let kind = try json.peek()
    let position = ConfigurationPosition(path: path, offset: json.offset)
    let value: ConfigurationNode.Value =
      switch kind {
      case .object: .object(try members(&json, of: position))
      case .array: .array(try elements(&json, of: position))
      case .string: .string(expand(try json.readString().string, at: position))
      case .number: .number(try digits(&json))
      case .boolean: .boolean(try json.readBoolean())
      case .null:
        try json.readNull() ? .null : .null
      }
    return ConfigurationNode(value, at: position)
  }

  private mutating func members(
    _ json: inout JSONScanner, of object: ConfigurationPosition
  ) throws(JSONError) -> [ConfigurationNode.Member] {
    try json.beginObject()
    context.enter(object.offset)
    var members: [ConfigurationNode.Member] = []
    var places: [String: Int] = [:]
    while true {
      context.keyOffset = keyOffset(from: json.offset)
      guard let key = try json.nextKey()?.string else { break }
      let path = object.path.appending(key: key)
      let keyPosition = ConfigurationPosition(path: path, offset: context.keyOffset ?? json.offset)
      context.keyOffset = nil
      let node = try node(&json, path: path)
      if let first = places.updateValue(keyPosition.offset, forKey: key) {
        places[key] = first
        let line = source.place(of: first).line
        diagnostics.error("the same key twice; the first is in line \(line)", at: keyPosition)
      } else {
        members.append(ConfigurationNode.Member(key: key, keyPosition: keyPosition, node: node))
      }
    }
    context.leave()
    return members
  }

  private mutating func elements(
    _ json: inout JSONScanner, of array: ConfigurationPosition
  ) throws(JSONError) -> [ConfigurationNode] {
    try json.beginArray()
    context.enter(array.offset)
    var elements: [ConfigurationNode] = []
    while try json.nextElement() {
      elements.append(try node(&json, path: array.path.appending(index: elements.count)))
    }
    context.leave()
    return elements
  }

  private mutating func expand(_ written: String, at position: ConfigurationPosition) -> ConfigurationText {
    guard let environment else { return ConfigurationText(written) }
    let expansion = ConfigurationText.expanding(written, environment: environment)
    for problem in expansion.problems { diagnostics.error(problem, at: position) }
    return expansion.text
  }

  private func digits(_ json: inout JSONScanner) throws(JSONError) -> String {
    let start = json.offset
    try json.skipValue()
    return String(decoding: source.bytes[start..<json.offset], as: UTF8.self)
  }

  /// The quote of the key that comes next; nil when none does.
  private func keyOffset(from start: Int) -> Int? {
    let blank: Set<UInt8> = [0x20, 0x0A, 0x0D, 0x09, UInt8(ascii: ",")]
    let next = source.bytes[start...].firstIndex { !blank.contains($0) }
    return next.flatMap { source.bytes[$0] == UInt8(ascii: "\"") ? $0 : nil }
  }
}
