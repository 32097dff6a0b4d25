/// Writes one JSON object, member by member, indented.
struct JSONObjectWriter {
  private var text: [UInt8] = []
  private let depth: Int
  private var isEmpty = true

  init(depth: Int = 0) {
    self.depth = depth
    text.append("{")
  }

  mutating func number(_ key: String, _ value: UInt64) {
    begin(key)
    text.append(contentsOf: String(value).utf8)
  }

  mutating func double(_ key: String, _ value: Double) {
    begin(key)
    text.append(double: value)
  }

  mutating func string(_ key: String, _ value: String) {
    begin(key)
    text.append(jsonString: value)
  }

  mutating func object(_ key: String, _ write: (inout JSONObjectWriter) -> Void) {
    begin(key)
    var inner = JSONObjectWriter(depth: depth + 1)
    write(&inner)
    text += inner.end()
  }

  /// The text of the object.
  mutating func end() -> [UInt8] {
    if !isEmpty { breakLine(depth) }
    text.append("}")
    return text
  }

  private mutating func begin(_ key: String) {
    if !isEmpty { text.append(",") }
    isEmpty = false
    breakLine(depth + 1)
    text.append(jsonString: key)
    text.append(": ")
  }

  private mutating func breakLine(_ depth: Int) {
    text.append("\n")
    text.append(contentsOf: repeatElement(UInt8(ascii: " "), count: depth * 2))
  }
}
