package import ArbdFramework

extension JSONTree {
  /// Reads a client's request.
  package init(reading text: [UInt8]) throws(JSONError) {
    var json = JSONScanner(text.span.bytes)
    self = try JSONTree.value(&json)
    try json.finish()
  }

  private static func value(_ json: inout JSONScanner) throws(JSONError) -> JSONTree {
    switch try json.peek() {
    case .object:
      var members: [Member] = []
      try json.beginObject()
      while let key = try json.nextKey() {
        let name = key.string
        members.append(Member(name, try value(&json)))
      }
      return .object(members)
    case .array:
      var elements: [JSONTree] = []
      try json.beginArray()
      while try json.nextElement() { elements.append(try value(&json)) }
      return .array(elements)
    case .string: return .string(try json.readString().string)
    case .number:
      var digits: [UInt8] = []
      digits.append(decimal: try json.readDecimal())
      return .number(String(decoding: digits, as: UTF8.self))
    case .boolean: return .boolean(try json.readBoolean())
    case .null:
      _ = try json.readNull()
      return .null
    }
  }

  /// Nil for anything but a string, and so on.
  var string: String? { if case .string(let text) = self { text } else { nil } }
  var boolean: Bool? { if case .boolean(let value) = self { value } else { nil } }
  var integer: Int? { if case .number(let digits) = self { Int(digits) } else { nil } }
  var elements: [JSONTree]? { if case .array(let elements) = self { elements } else { nil } }
  /// The strings of an array that has nothing else.
  var strings: [String]? {
    guard let elements else { return nil }
    let texts = elements.compactMap(\.string)
    return texts.count == elements.count ? texts : nil
  }

  /// `count` units of `unit` as a string, with as many decimals as that has.
  static func amount(_ count: Int64, of unit: ExactDecimal) -> JSONTree { .string(digits(count, of: unit)) }

  static func number(_ count: Int64, of unit: ExactDecimal) -> JSONTree { .number(digits(count, of: unit)) }

  private static func digits(_ count: Int64, of unit: ExactDecimal) -> String {
    var bytes: [UInt8] = []
    bytes.append(count, of: unit)
    return String(decoding: bytes, as: UTF8.self)
  }
}

extension [UInt8] {
  /// On one line.
  mutating func append(tree: JSONTree) { append(contentsOf: tree.compact.utf8) }

  /// `[…,…]`
  mutating func append<Elements: Sequence>(
    array elements: Elements, _ write: (Elements.Element, inout [UInt8]) -> Void
  ) {
    append("[")
    var isFirst = true
    for element in elements {
      if !isFirst { append(",") }
      isFirst = false
      write(element, &self)
    }
    append("]")
  }
}

extension VenueOutput {
  /// An answer to one client.
  mutating func send(_ tree: JSONTree, to id: ConnectionID) {
    let start = bytes.count
    bytes.append(tree: tree)
    send(from: start, to: id)
  }
}

extension [ListedMarket] {
  func array(_ write: (ListedMarket) -> JSONTree) -> JSONTree { .array(map(write)) }
}
