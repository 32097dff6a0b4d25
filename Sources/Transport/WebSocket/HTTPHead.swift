package import ArbdFramework

/// The head of an HTTP/1.1 message: its first line and its fields. Nothing in it holds a line end.
package struct HTTPHead: Sendable, Equatable {
  package let startLine: String
  package let fields: [HTTPHeader]

  /// Why bytes are not a head.
  package struct Fault: Error, Sendable, Equatable {
    package let reason: String
    package let isTooLong: Bool

    init(_ reason: String, isTooLong: Bool = false) {
      self.reason = reason
      self.isTooLong = isTooLong
    }
  }

  /// All values of a field, in their order. Names are the same in any case.
  package func values(_ name: String) -> [String] {
    fields.filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
  }

  /// The field's value; nil when there is none or more than one.
  package func single(_ name: String) -> String? {
    let values = values(name)
    return values.count == 1 ? values[0] : nil
  }

  /// What the field lists, separated by commas.
  package func list(_ name: String) -> [String] {
    values(name).flatMap { $0.split(separator: ",") }.map(\.withoutOuterBlanks).filter { !$0.isEmpty }
  }

  /// Whether the field lists the token, in any case.
  package func lists(_ token: String, in name: String) -> Bool {
    list(name).contains { $0.lowercased() == token.lowercased() }
  }
}

// MARK: First lines

extension HTTPHead {
  /// Of an answer.
  package var statusLine: (minorVersion: Int, status: Int, reason: String)? {
    let parts = startLine.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count >= 2, let version = HTTPHead.minorVersion(parts[0]), parts[1].utf8.count == 3,
      parts[1].utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
      let status = Int(parts[1]), status >= 100
    else { return nil }
    return (version, status, parts.count == 3 ? String(parts[2]) : "")
  }

  /// Of a request.
  package var requestLine: (method: String, target: String, minorVersion: Int)? {
    let parts = startLine.split(separator: " ", omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0].isToken, !parts[1].isEmpty, parts[1].utf8.allSatisfy({ 0x21...0x7E ~= $0 }),
      let version = HTTPHead.minorVersion(parts[2])
    else { return nil }
    return (String(parts[0]), String(parts[1]), version)
  }

  private static func minorVersion(_ text: Substring) -> Int? {
    switch text {
    case "HTTP/1.1": 1
    case "HTTP/1.0": 0
    default: nil
    }
  }
}

// MARK: Parsing

extension HTTPHead {
  /// `lines`: all of a head without the empty line at its end.
  init(lines: UnsafeRawBufferPointer) throws(Fault) {
    var rest = lines[...]
    var texts: [Slice<UnsafeRawBufferPointer>] = []
    while !rest.isEmpty {
      let end = rest.firstIndex(of: UInt8(ascii: "\r")) ?? rest.endIndex
      texts.append(rest[..<end])
      guard end < rest.endIndex else { break }
      guard end + 1 < rest.endIndex, rest[end + 1] == UInt8(ascii: "\n") else { throw Fault("a stray carriage return") }
      rest = rest[(end + 2)...]
    }
    guard let first = texts.first else { throw Fault("an empty line in place of a head") }
    startLine = try HTTPHead.text(first)
    var fields: [HTTPHeader] = []
    for line in texts.dropFirst() { fields.append(try HTTPHead.field(line)) }
    self.fields = fields
  }

  private static func field(_ line: Slice<UnsafeRawBufferPointer>) throws(Fault) -> HTTPHeader {
    let text = try text(line)
    guard text.utf8.first != UInt8(ascii: " "), text.utf8.first != UInt8(ascii: "\t") else {
      throw Fault("a field that is folded over lines")
    }
    guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")), text[..<colon].isToken else {
      throw Fault("a line that is no field")
    }
    return HTTPHeader(String(text[..<colon]), text[text.index(after: colon)...].withoutOuterBlanks)
  }

  private static func text(_ line: Slice<UnsafeRawBufferPointer>) throws(Fault) -> String {
    guard line.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == UInt8(ascii: "\t") }) else {
      throw Fault("a control character in the head")
    }
    return String(decoding: line, as: UTF8.self)
  }
}

// MARK: Grammar

extension HTTPHeader {
  /// Whether it may be sent: the name is a token, the value cannot end the line.
  package var isSendable: Bool {
    name.isToken && value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == UInt8(ascii: "\t") }
  }
}

extension StringProtocol {
  /// RFC 9110, section 5.6.2.
  var isToken: Bool {
    !isEmpty
      && utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"):
          true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
      }
  }

  /// Without spaces and tabs at its ends.
  var withoutOuterBlanks: String {
    var bytes = Array(utf8)[...]
    let isBlank = { (byte: UInt8?) in byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
    while isBlank(bytes.first) { bytes.removeFirst() }
    while isBlank(bytes.last) { bytes.removeLast() }
    return String(decoding: bytes, as: UTF8.self)
  }
}
