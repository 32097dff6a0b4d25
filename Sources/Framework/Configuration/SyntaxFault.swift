/// Why a file is no JSON, in words for somebody who wrote it by hand.
struct SyntaxFault {
  let message: String
  let offset: Int
  let suggestion: String?

  private init(_ message: String, at offset: Int, suggestion: String? = nil) {
    self.message = message
    self.offset = offset
    self.suggestion = suggestion
  }
}

/// Where a parser stands.
struct SyntaxContext {
  /// The brackets that are open, by offset.
  private(set) var brackets: [Int] = []
  /// The key that is being read.
  var keyOffset: Int?

  mutating func enter(_ bracket: Int) { brackets.append(bracket) }
  mutating func leave() {
    _ = brackets.popLast()
    keyOffset = nil
  }
}

// MARK: - Files that are not worth parsing

extension SyntaxFault {
  /// What can be told without parsing; nil for a file that starts as a configuration does.
  init?(beforeParsing bytes: [UInt8]) {
    let blank: Set<UInt8> = [0x20, 0x0A, 0x0D, 0x09]
    if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
      self.init("the file is UTF-16", at: 0, suggestion: "save it as UTF-8")
    } else if bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
      self.init("the file starts with a byte order mark", at: 0, suggestion: "save it as UTF-8 without one")
    } else if let offset = bytes.firstIndex(of: 0) {
      self.init("a NUL byte", at: offset, suggestion: "a configuration is text in UTF-8")
    } else if let start = bytes.firstIndex(where: { !blank.contains($0) }) {
      guard bytes[start] != UInt8(ascii: "{") else { return nil }
      if bytes.startsComment(at: start) {
        self.init(comment: start)
      } else {
        self.init("a configuration is an object, in braces; found \(bytes.word(at: start))", at: start)
      }
    } else {
      self.init("the file is empty", at: 0, suggestion: "a configuration is an object, in braces")
    }
  }

  private init(comment offset: Int) {
    self.init("JSON has no comments", at: offset, suggestion: "remove this one")
  }
}

// MARK: - Faults that the scanner found

extension SyntaxFault {
  init(_ error: JSONError, in source: SourceText, _ context: SyntaxContext) {
    let (bytes, offset) = (source.bytes, error.offset)
    switch error.reason {
    case .unexpectedEnd: self.init(endOf: source, context)
    case .controlCharacter:
      let isLineEnd = bytes[offset] == 0x0A || bytes[offset] == 0x0D
      self.init(
        isLineEnd ? "a string ends on the line that it starts on" : "a control character in a string",
        at: offset,
        suggestion: isLineEnd ? "is a closing quote missing?" : "write it as an escape, such as \\t")
    case .invalidEscape:
      self.init("an unknown escape in a string", at: offset, suggestion: "a backslash itself is written \\\\")
    case .invalidUTF8: self.init("bytes that are not UTF-8", at: offset, suggestion: "save the file as UTF-8")
    case .tooDeep: self.init("nested more than \(ConfigurationParser.depthLimit) deep", at: offset)
    case .malformedNumber:
      self.init("a malformed number", at: offset, suggestion: "numbers are written such as 10, -0.5 or 2e6")
    case .trailingBytes where bytes.startsComment(at: offset): self.init(comment: offset)
    case .trailingBytes:
      self.init("\(bytes.word(at: offset)) behind the end of the configuration", at: offset)
    case .unexpectedByte, .wrongType, .numberOutOfRange: self.init(strayAt: offset, in: bytes, context)
    }
  }

  private init(endOf source: SourceText, _ context: SyntaxContext) {
    guard let bracket = context.brackets.last, bracket < source.bytes.count else {
      self.init("the file ends too early", at: source.bytes.count)
      return
    }
    let name = source.bytes[bracket] == UInt8(ascii: "{") ? "object" : "array"
    let line = source.place(of: bracket).line
    self.init("the file ends inside the \(name) that starts in line \(line)", at: source.bytes.count)
  }

  /// Something stands where something else must.
  private init(strayAt offset: Int, in bytes: [UInt8], _ context: SyntaxContext) {
    guard offset < bytes.count else {
      self.init("the file ends too early", at: offset)
      return
    }
    let inObject = context.brackets.last.map { bytes[$0] == UInt8(ascii: "{") } ?? true
    let closing = inObject ? "}" : "]"
    let word = bytes.word(at: offset)
    let previous = bytes[..<offset].lastIndex { ![0x20, 0x0A, 0x0D, 0x09].contains($0) } ?? 0
    let isClosing = bytes[offset] == UInt8(ascii: "}") || bytes[offset] == UInt8(ascii: "]")
    if bytes.startsComment(at: offset) {
      self.init(comment: offset)
    } else if isClosing, bytes[previous] == UInt8(ascii: ",") {
      self.init("a comma in front of a closing bracket", at: previous, suggestion: "remove it")
    } else if bytes[offset] == UInt8(ascii: "'") {
      self.init("strings and keys stand in double quotes", at: offset)
    } else if let key = context.keyOffset, key < offset {
      self.init("expected a colon behind the key, found \(word)", at: offset)
    } else {
      switch bytes[previous] {
      case UInt8(ascii: ":"), UInt8(ascii: "["):
        self.init("expected a value, found \(word)", at: offset, suggestion: Self.valueHint)
      case UInt8(ascii: ",") where !inObject:
        self.init("expected a value, found \(word)", at: offset, suggestion: Self.valueHint)
      case UInt8(ascii: ","), UInt8(ascii: "{"):
        self.init("expected a key in double quotes, found \(word)", at: offset)
      default: self.init("expected a comma or \(closing), found \(word)", at: offset)
      }
    }
  }

  private static let valueHint =
    "a value is an object, an array, a string in double quotes, a number, true, false or null"
}

extension [UInt8] {
  fileprivate func startsComment(at offset: Int) -> Bool {
    self[offset] == UInt8(ascii: "#")
      || self[offset...].starts(with: "//".utf8) || self[offset...].starts(with: "/*".utf8)
  }

  /// What stands at `offset`, for a message: letters and digits together, anything else a character alone.
  fileprivate func word(at offset: Int) -> String {
    let text = String(decoding: self[offset...].prefix(80), as: UTF8.self)
    let word = text.prefix { $0.isLetter || $0.isNumber || $0 == "_" }
    let shown = word.isEmpty ? text.prefix(1) : word
    return shown == "\"" ? "a string" : "\(Quoted(shown))"
  }
}
