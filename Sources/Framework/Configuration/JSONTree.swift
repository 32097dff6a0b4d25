/// A JSON document to be written: the effective configuration, a schema, a default in a table.
public enum JSONTree: Sendable, Equatable {
  /// Members in the order in which they are written.
  case object([Member])
  case array([JSONTree])
  case string(String)
  /// In JSON's grammar.
  case number(String)
  case boolean(Bool)
  case null

  public struct Member: Sendable, Equatable {
    public let key: String
    public let value: JSONTree

    public init(_ key: String, _ value: JSONTree) {
      self.key = key
      self.value = value
    }
  }

  public static func number(_ value: Double) -> JSONTree {
    var digits: [UInt8] = []
    digits.append(double: value)
    return .number(String(decoding: digits, as: UTF8.self))
  }

  public static func number(_ value: Int) -> JSONTree { .number(String(value)) }

  /// The member `key` of an object. Setting one that is there replaces it in its place; setting nil removes it; setting
  /// one of something else than an object does nothing.
  public subscript(key: String) -> JSONTree? {
    get {
      guard case .object(let members) = self else { return nil }
      return members.first { $0.key == key }?.value
    }
    set {
      guard case .object(var members) = self else { return }
      let place = members.firstIndex { $0.key == key }
      switch (place, newValue) {
      case (let place?, let value?): members[place] = Member(key, value)
      case (let place?, nil): members.remove(at: place)
      case (nil, let value?): members.append(Member(key, value))
      case (nil, nil): return
      }
      self = .object(members)
    }
  }

  /// The members of an object; none for anything else.
  public var members: [Member] {
    if case .object(let members) = self { members } else { [] }
  }
}

extension JSONTree: ExpressibleByDictionaryLiteral, ExpressibleByArrayLiteral, ExpressibleByStringLiteral,
  ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral
{
  public init(dictionaryLiteral elements: (String, JSONTree)...) {
    self = .object(elements.map { Member($0, $1) })
  }
  public init(arrayLiteral elements: JSONTree...) { self = .array(elements) }
  public init(stringLiteral value: String) { self = .string(value) }
  public init(integerLiteral value: Int) { self = .number(value) }
  public init(booleanLiteral value: Bool) { self = .boolean(value) }
}

extension JSONTree: CustomStringConvertible {
  /// On one line, a blank after each comma and colon.
  public var description: String {
    switch self {
    case .object(let members):
      "{" + members.map { "\(JSONTree.quoted($0.key)): \($0.value)" }.joined(separator: ", ") + "}"
    case .array(let elements): "[" + elements.map(\.description).joined(separator: ", ") + "]"
    case .string(let text): JSONTree.quoted(text)
    case .number(let digits): digits
    case .boolean(let value): value ? "true" : "false"
    case .null: "null"
    }
  }

  /// On one line without blanks: what venues are sent.
  public var compact: String {
    switch self {
    case .object(let members):
      "{" + members.map { "\(JSONTree.quoted($0.key)):\($0.value.compact)" }.joined(separator: ",") + "}"
    case .array(let elements): "[" + elements.map(\.compact).joined(separator: ",") + "]"
    default: description
    }
  }

  public static func strings(_ texts: [String]) -> JSONTree { .array(texts.map { .string($0) }) }

  private static func quoted(_ text: String) -> String {
    var bytes: [UInt8] = []
    bytes.append(jsonString: text)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// On many lines, indented by two blanks, with a line feed at the end. Arrays without objects stand on one line where
  /// they fit.
  public var prettyPrinted: String {
    var text = ""
    write(to: &text, indentation: "", column: 0)
    return text + "\n"
  }

  private func write(to text: inout String, indentation: String, column: Int) {
    let inner = indentation + "  "
    switch self {
    case .object(let members) where !members.isEmpty:
      text += "{\n"
      for (index, member) in members.enumerated() {
        let key = "\(inner)\(JSONTree.quoted(member.key)): "
        text += key
        member.value.write(to: &text, indentation: inner, column: key.count)
        text += index + 1 < members.count ? ",\n" : "\n"
      }
      text += indentation + "}"
    case .array(let elements) where !elements.isEmpty && !fitsOneLine(from: column):
      text += "[\n"
      for (index, element) in elements.enumerated() {
        text += inner
        element.write(to: &text, indentation: inner, column: inner.count)
        text += index + 1 < elements.count ? ",\n" : "\n"
      }
      text += indentation + "]"
    default: text += description
    }
  }

  private func fitsOneLine(from column: Int) -> Bool { !holdsObject && column + description.count <= 100 }

  private var holdsObject: Bool {
    switch self {
    case .object(let members): !members.isEmpty
    case .array(let elements): elements.contains { $0.holdsObject }
    default: false
    }
  }
}
