import Foundation

@testable import ArbdFramework

/// A JSON document as a tree, read by the scanner or by Foundation.
enum JSONValue: Equatable {
  case null
  case boolean(Bool)
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object([String: JSONValue])

  /// Walks the document with the scanner.
  init(scanning bytes: [UInt8]) throws(JSONError) {
    var json = JSONScanner(bytes.span.bytes)
    self = try JSONValue.next(&json, bytes)
    try json.finish()
  }

  private static func next(_ json: inout JSONScanner, _ bytes: [UInt8]) throws(JSONError) -> JSONValue {
    switch try json.peek() {
    case .null:
      _ = try json.readNull()
      return .null
    case .boolean: return .boolean(try json.readBoolean())
    case .string: return .string(try json.readString().string)
    case .number:
      let start = json.offset
      try json.skipValue()
      return .number(Double(String(decoding: bytes[start..<json.offset], as: UTF8.self)) ?? .nan)
    case .array:
      var elements: [JSONValue] = []
      try json.beginArray()
      while try json.nextElement() { elements.append(try next(&json, bytes)) }
      return .array(elements)
    case .object:
      var members: [String: JSONValue] = [:]
      try json.beginObject()
      while let key = try json.nextKey()?.string { members[key] = try next(&json, bytes) }
      return .object(members)
    }
  }

  /// What Foundation makes of the document; nil when it refuses it.
  init?(foundation bytes: [UInt8]) {
    let object = try? JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)
    guard let object else { return nil }
    self.init(object)
  }

  private init(_ object: Any) {
    switch object {
    case let number as NSNumber where String(cString: number.objCType) == "c":
      self = .boolean(number.boolValue)
    case let number as NSNumber: self = .number(number.doubleValue)
    case let text as String: self = .string(text)
    case let elements as [Any]: self = .array(elements.map { JSONValue($0) })
    case let members as [String: Any]: self = .object(members.mapValues { JSONValue($0) })
    default: self = .null
    }
  }
}

// MARK: - Random documents

extension SeededRandom {
  /// A valid document: no key twice in an object, no number of more than 16 characters (longer
  /// ones Foundation reads by way of `Decimal`, and rounds twice).
  mutating func jsonDocument(depth: Int = 4) -> [UInt8] {
    var text = blanks()
    append(jsonValue: &text, depth: depth)
    return text + blanks()
  }

  private mutating func blanks() -> [UInt8] {
    chance(80) ? [] : (0..<number(1...3)).map { _ in pick([0x20, 0x0A, 0x0D, 0x09]) }
  }

  private mutating func append(jsonValue text: inout [UInt8], depth: Int) {
    switch number(0...(depth > 0 ? 8 : 5)) {
    case 0: text += Array(pick(["null", "true", "false"]).utf8)
    case 1, 2: append(jsonNumber: &text)
    case 3, 4, 5: append(jsonString: &text)
    case 6, 7:
      text.append(UInt8(ascii: "{"))
      for member in 0..<number(0...4) {
        text += (member > 0 ? Array(",".utf8) : []) + blanks()
        // The number keeps keys apart.
        append(jsonString: &text, ending: "\(member)")
        text += blanks() + Array(":".utf8) + blanks()
        append(jsonValue: &text, depth: depth - 1)
        text += blanks()
      }
      text.append(UInt8(ascii: "}"))
    default:
      text.append(UInt8(ascii: "["))
      for element in 0..<number(0...4) {
        text += (element > 0 ? Array(",".utf8) : []) + blanks()
        append(jsonValue: &text, depth: depth - 1)
        text += blanks()
      }
      text.append(UInt8(ascii: "]"))
    }
  }

  private mutating func append(jsonNumber text: inout [UInt8]) {
    var written = chance(30) ? "-" : ""
    written += chance(20) ? "0" : String(number(1...99_999))
    if chance(50) { written += "." + String(number(0...99_999)) }
    if chance(30) { written += pick(["e", "E"]) + pick(["", "+", "-"]) + String(number(0...20)) }
    text += Array(written.utf8)
  }

  private mutating func append(jsonString text: inout [UInt8], ending: String = "") {
    text.append(UInt8(ascii: "\""))
    for _ in 0..<number(0...6) {
      let scalar = randomScalar()
      switch scalar {
      case "\"", "\\": text += Array("\\\(scalar)".utf8)
      case "\n" where chance(50): text += Array("\\n".utf8)
      case "/" where chance(50): text += Array("\\/".utf8)
      case _ where scalar.value < 0x20 || chance(20):
        for unit in String(scalar).utf16 {
          let digits = String(unit, radix: 16, uppercase: chance(50))
          text += Array("\\u\(String(repeating: "0", count: 4 - digits.count))\(digits)".utf8)
        }
      default: text += Array(String(scalar).utf8)
      }
    }
    text += Array("\(ending)\"".utf8)
  }

  private mutating func randomScalar() -> Unicode.Scalar {
    let limits: [UInt32] = [0x80, 0x80, 0x80, 0x800, 0x1_0000, 0x11_0000]
    return Unicode.Scalar(UInt32.random(in: 0..<pick(limits), using: &self)) ?? "\u{FFFD}"
  }

  /// A few bytes changed, removed, added or doubled.
  mutating func mutated(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    let favourites = Array("{}[]\",:\\u0123456789eE+-. \ntrfalsn\u{0}\u{1F}\u{7F}".utf8)
    for _ in 0..<number(1...3) {
      let place = number(0...max(0, bytes.count - 1))
      let byte = chance(70) ? pick(favourites) : UInt8(truncatingIfNeeded: next())
      switch number(0...3) {
      case 0 where place < bytes.count: bytes[place] = byte
      case 1 where place < bytes.count: bytes.remove(at: place)
      case 2 where place < bytes.count: bytes.insert(bytes[place], at: place)
      default: bytes.insert(byte, at: place)
      }
    }
    return bytes
  }
}
