import Testing

@testable import ArbdFramework

@Suite struct JSONScannerTests {
  @Test(arguments: [
    "{}", "[]", "\"\"", "0", "-0", "true", "false", "null", " [ 1 , {\"a\" : [ ] } ]\r\n\t", "[[],{},[{}]]",
    "{\"a\":1,\"a\":2}", "1e400", "[1.5e-10]", "123456789012345678901234567890", "\"\\u0000\"",
    "\"\\ud83d\\ude00\"",
    "\"\u{7F}\"", "\"é€😀\"", "{\"\":null}",
  ])
  func acceptsDocument(_ text: String) {
    #expect(refusal(of: Array(text.utf8)) == nil)
  }

  @Test(
    arguments: [
      ("", .unexpectedEnd, 0), ("  ", .unexpectedEnd, 2), ("{", .unexpectedEnd, 1), ("[1", .unexpectedEnd, 2),
      ("[1,", .unexpectedEnd, 3), ("{\"a\"", .unexpectedEnd, 4), ("{\"a\":", .unexpectedEnd, 5),
      ("\"ab", .unexpectedEnd, 3), ("\"a\\", .unexpectedEnd, 3), ("tru", .unexpectedEnd, 3),
      ("-", .unexpectedEnd, 1),
      ("1.", .unexpectedEnd, 2), ("1e+", .unexpectedEnd, 3),
      ("}", .unexpectedByte, 0), ("[1,]", .unexpectedByte, 3), ("[,1]", .unexpectedByte, 1),
      ("[1 2]", .unexpectedByte, 3),
      ("{\"a\":1,}", .unexpectedByte, 7), ("{a:1}", .unexpectedByte, 1), ("{\"a\" 1}", .unexpectedByte, 5),
      ("{1:2}", .unexpectedByte, 1), ("{\"a\":}", .unexpectedByte, 5), ("[1}", .unexpectedByte, 2),
      ("trux", .unexpectedByte, 0), ("nul!", .unexpectedByte, 0), ("+1", .unexpectedByte, 0),
      (".5", .unexpectedByte, 0),
      ("'a'", .unexpectedByte, 0), ("\u{FEFF}1", .unexpectedByte, 0), ("// x\n1", .unexpectedByte, 0),
      ("NaN", .unexpectedByte, 0), ("\u{0}", .unexpectedByte, 0), ("[1\u{0}]", .unexpectedByte, 2),
      ("01", .malformedNumber, 1), ("-a", .malformedNumber, 1), ("1.x", .malformedNumber, 2),
      ("1ex", .malformedNumber, 2),
      ("\"a\nb\"", .controlCharacter, 2), ("\"\u{1F}\"", .controlCharacter, 1),
      ("\"\\x\"", .invalidEscape, 1), ("\"a\\u12g4\"", .invalidEscape, 2), ("\"\\ud800\"", .invalidEscape, 1),
      ("\"\\udc00\"", .invalidEscape, 1), ("\"\\ud800\\u0041\"", .invalidEscape, 1),
      ("\"\\ud800x\"", .invalidEscape, 1),
      ("{} {}", .trailingBytes, 3), ("1 x", .trailingBytes, 2), ("[]]", .trailingBytes, 2),
      ("nullx", .trailingBytes, 4),
    ] as [(String, JSONError.Reason, Int)])
  func namesTheByteThatIsWrong(_ text: String, _ reason: JSONError.Reason, _ offset: Int) {
    #expect(refusal(of: Array(text.utf8)) == JSONError(reason, at: offset))
  }

  /// RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF, nothing cut short.
  @Test(
    arguments: [
      [0x80], [0xBF], [0xC0, 0x80], [0xC1, 0xBF], [0xC2], [0xC2, 0x41], [0xE0, 0x80, 0x80],
      [0xE0, 0x9F, 0xBF],
      [0xE2, 0x82], [0xE2, 0x82, 0x41], [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF], [0xF0, 0x80, 0x80, 0x80],
      [0xF0, 0x8F, 0xBF, 0xBF], [0xF0, 0x9F, 0x98], [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80],
      [0xFE], [0xFF],
    ] as [[UInt8]])
  func refusesInvalidUTF8(_ sequence: [UInt8]) {
    let quoted = Array("\"ab".utf8) + sequence + Array("\"".utf8)
    #expect(refusal(of: quoted) == JSONError(.invalidUTF8, at: 3))
  }

  @Test func judgesEveryTwoAndThreeByteSequenceAsSwiftDoes() {
    var random = SeededRandom(seed: 3)
    for lead in UInt8(0x80)...0xFF {
      for _ in 0..<60 {
        let tail = (0..<random.number(0...3)).map { _ in UInt8(random.number(0x70...0xFF)) }
        let sequence = [lead] + tail.filter { $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
        let isValid = String(validating: sequence, as: UTF8.self) != nil
        #expect((refusal(of: [0x22] + sequence + [0x22]) == nil) == isValid, "\(sequence)")
      }
    }
  }

  @Test(arguments: [1, 2, 64, 65, 128, 1_000])
  func nestsToTheLimitAndNoFurther(_ limit: Int) {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
      func nested(_ depth: Int) -> [UInt8] {
        let text = String(repeating: open, count: depth) + "1" + String(repeating: close, count: depth)
        return Array(text.utf8)
      }
      #expect(refusal(of: nested(limit), depthLimit: limit) == nil)
      let offset = limit * open.utf8.count
      #expect(refusal(of: nested(limit + 1), depthLimit: limit) == JSONError(.tooDeep, at: offset))
    }
  }

  @Test func aHundredThousandBracketsAreTooDeepAndNoMore() {
    let brackets = [UInt8](repeating: UInt8(ascii: "["), count: 100_000)
    #expect(refusal(of: brackets) == JSONError(.tooDeep, at: JSONScanner.defaultDepthLimit))
    #expect(refusal(of: brackets, depthLimit: .max) == JSONError(.tooDeep, at: 1_024))
  }

  @Test(arguments: [
    ("\"a\\\"b\\\\c\\/d\"", "a\"b\\c/d"), ("\"\\b\\f\\n\\r\\t\"", "\u{8}\u{C}\n\r\t"),
    ("\"\\u0041\\u00e9\\u20AC\"", "Aé€"), ("\"\\ud83d\\ude00x\"", "😀x"), ("\"\\u0000\"", "\u{0}"),
    ("\"plain é\"", "plain é"), ("\"\"", ""),
  ])
  func readsStrings(_ document: String, _ text: String) throws {
    let bytes = Array(document.utf8)
    var json = JSONScanner(bytes.span.bytes)
    #expect(try json.readString().string == text)
    try json.finish()

    var again = JSONScanner(bytes.span.bytes)
    let range = try again.readStringRange()
    #expect(bytes.span.bytes.string(range) == text)
  }

  @Test func keysCompareByWhatTheyMean() throws {
    let bytes = Array("{\"price\":1,\"\\u0070rice\":2,\"prices\":3}".utf8)
    var json = JSONScanner(bytes.span.bytes)
    try json.beginObject()
    var isPrice: [Bool] = []
    while let key = try json.nextKey() {
      isPrice.append(key == "price")
      try json.skipValue()
    }
    #expect(isPrice == [true, true, false])
  }

  @Test(arguments: [
    ("12.50", "12.50"), ("\"12.50\"", "12.50"), ("-1e3", "-1e3"), ("\"0\"", "0"),
  ])
  func readsDecimalsQuotedOrNot(_ document: String, _ digits: String) throws {
    let bytes = Array(" \(document) ".utf8)
    var json = JSONScanner(bytes.span.bytes)
    #expect(try json.readDecimal().description == digits)
    try json.finish()
  }

  @Test(
    arguments: [
      ("\"\"", .malformedNumber, 1), ("\"1", .unexpectedEnd, 2), ("\"1x\"", .malformedNumber, 2),
      ("\" 1\"", .malformedNumber, 1),
      ("\"\\u0031\"", .malformedNumber, 1), ("true", .wrongType, 0), ("{}", .wrongType, 0),
      ("!", .unexpectedByte, 0),
      ("99999999999999999999", .numberOutOfRange, 0), ("\"1e200\"", .numberOutOfRange, 1),
      ("", .unexpectedEnd, 0),
    ] as [(String, JSONError.Reason, Int)])
  func refusesWhatIsNoDecimal(_ document: String, _ reason: JSONError.Reason, _ offset: Int) {
    let bytes = Array(document.utf8)
    #expect(throws: JSONError(reason, at: offset)) {
      var json = JSONScanner(bytes.span.bytes)
      _ = try json.readDecimal()
    }
  }

  @Test(arguments: [
    ("7", 7), ("\"7\"", 7), ("-0", 0), ("9223372036854775807", .max), ("1.0", nil), ("1e1", nil),
  ])
  func integersHaveNoPointAndNoExponent(_ document: String, _ value: Int64?) {
    let bytes = Array(document.utf8)
    var json = JSONScanner(bytes.span.bytes)
    #expect((try? json.readInteger()) == value)
    var whole = JSONScanner(bytes.span.bytes)
    #expect((try? whole.readWholeNumber()) == (document.hasPrefix("\"") ? nil : value))
  }

  @Test(arguments: ["1", "\"s\"", "null", "[1]", "{}", "true"])
  func aValueOfAnotherTypeIsToldFromAStrayByte(_ document: String) {
    let bytes = Array(document.utf8)
    if document != "\"s\"" {
      #expect(throws: JSONError(.wrongType, at: 0)) {
        var json = JSONScanner(bytes.span.bytes)
        _ = try json.readString()
      }
    }
    if document != "{}" {
      #expect(throws: JSONError(.wrongType, at: 0)) {
        var json = JSONScanner(bytes.span.bytes)
        try json.beginObject()
      }
    }
  }

  @Test func readingMayBeginInside() throws {
    let bytes = Array("xx[1]".utf8)
    var json = JSONScanner(bytes.span.bytes, from: 2)
    try json.skipValue()
    try json.finish()
    #expect(json.offset == 5)
  }
}
