import ArbdFramework
import Testing

@Suite struct ConfigurationSyntaxTests {
  @Test(arguments: [
    ("", "1:1: error: the file is empty; a configuration is an object, in braces"),
    (" \n\t ", "1:1: error: the file is empty; a configuration is an object, in braces"),
    ("\u{FEFF}{}", "1:1: error: the file starts with a byte order mark; save it as UTF-8 without one"),
    ("{\n\0}", "2:1: error: a NUL byte; a configuration is text in UTF-8"),
    ("[]", #"1:1: error: a configuration is an object, in braces; found "[""#),
    ("true", #"1:1: error: a configuration is an object, in braces; found "true""#),
    ("\"x\"", "1:1: error: a configuration is an object, in braces; found a string"),
    ("// hello\n{}", "1:1: error: JSON has no comments; remove this one"),
    ("{\n  # hello\n}", "2:3: error: JSON has no comments; remove this one"),
    ("{\"a\": /* one */ 1}", "1:7: error: JSON has no comments; remove this one"),
    ("{\"a\": 1 // one\n}", "1:9: error: JSON has no comments; remove this one"),
    ("{} // end", "1:4: error: JSON has no comments; remove this one"),
    ("{\"a\": 1,\n}", "1:8: error: a comma in front of a closing bracket; remove it"),
    ("{\"a\": [1, 2 , ]}", "1:13: error: a comma in front of a closing bracket; remove it"),
    ("{\"a\": 1 \"b\": 2}", "1:9: error: expected a comma or }, found a string"),
    ("{\"a\": [1 2]}", #"1:10: error: expected a comma or ], found "2""#),
    ("{\"a\" 1}", #"1:6: error: expected a colon behind the key, found "1""#),
    ("{\"a\": 1, \"b\" = 2}", #"1:14: error: expected a colon behind the key, found "=""#),
    ("{a: 1}", #"1:2: error: expected a key in double quotes, found "a""#),
    ("{\"a\": 1, 5: 1}", #"1:10: error: expected a key in double quotes, found "5""#),
    ("{'a': 1}", "1:2: error: strings and keys stand in double quotes"),
    ("{\"a\": 'x'}", "1:7: error: strings and keys stand in double quotes"),
    (
      "{\"a\": \"x}\n",
      "1:10: error: a string ends on the line that it starts on; is a closing quote missing?"
    ),
    ("{\"a\": \"\t\"}", "1:8: error: a control character in a string; write it as an escape, such as \\t"),
    (
      "{\"a\": \"C:\\dir\"}", "1:10: error: an unknown escape in a string; a backslash itself is written \\\\"
    ),
    ("{\"a\": 1.}", "1:9: error: a malformed number; numbers are written such as 10, -0.5 or 2e6"),
    ("{\"a\": 010}", "1:8: error: a malformed number; numbers are written such as 10, -0.5 or 2e6"),
    ("{\"a\":\n [{\"b\": 1}", "2:11: error: the file ends inside the array that starts in line 2"),
    ("{", "1:2: error: the file ends inside the object that starts in line 1"),
    ("{}}", #"1:3: error: "}" behind the end of the configuration"#),
  ])
  func aFaultIsExplained(text: String, expected: String) {
    #expect(load(text).diagnostics.description == "c.json:\(expected)\n")
  }

  @Test(arguments: ["True", "None", "NaN", "undefined", "tru", "x"])
  func aWordThatIsNoValue(word: String) {
    let hint = "a value is an object, an array, a string in double quotes, a number, true, false or null"
    let report = load("{\"a\": \(word)}").diagnostics.description
    #expect(report == "c.json:1:7: error: expected a value, found \"\(word)\"; \(hint)\n")
  }

  @Test func bytesThatAreNoText() {
    for (bytes, expected) in [
      ([0x7B, 0x22, 0xFF, 0x22, 0x7D], "1:3: error: bytes that are not UTF-8; save the file as UTF-8"),
      ([0xFF, 0xFE, 0x7B, 0x00], "1:1: error: the file is UTF-16; save it as UTF-8"),
    ] as [([UInt8], String)] {
      let (_, diagnostics) = Configuration.load(
        text: bytes, fileName: "c.json", environment: [:], registry: testRegistry)
      #expect(diagnostics.description == "c.json:\(expected)\n")
    }
  }

  @Test func deepNesting() {
    let text = "{\"a\": " + String(repeating: "[", count: 100_000)
    #expect(load(text).diagnostics.description == "c.json:1:70: error: nested more than 64 deep\n")
  }

  @Test func noFileTraps() {
    let good =
      #"{"sources":[{"type":"replay","path":"a\u0041${X:-}"}],"fees":{"a":{"taker_bps":-1.5e0}},"sinks":[null,true]}"#
    let bytes = Array(good.utf8)
    for length in 0...bytes.count {
      _ = Configuration.load(
        text: Array(bytes.prefix(length)), fileName: "", environment: [:], registry: testRegistry)
    }
    for offset in bytes.indices {
      for byte in [0, 0x0A, 0x22, 0x2C, 0x5C, 0x7B, 0x7D, 0x5B, 0x5D, 0xC3, 0xFF] as [UInt8] {
        var changed = bytes
        changed[offset] = byte
        let (configuration, diagnostics) = Configuration.load(
          text: changed, fileName: "", environment: [:], registry: testRegistry)
        #expect((configuration == nil) == diagnostics.hasErrors)
      }
    }
  }

  @Test func duplicateKeys() {
    let report = load("{\n\"sources\": [{\"type\": \"replay\", \"path\": \"a\",\n  \"path\": \"b\"}]}")
      .diagnostics
    #expect(
      report.description == "c.json:3:3: error: sources[0].path: the same key twice; the first is in line 2\n"
    )
  }

  @Test(arguments: [
    ("ä", 0, 1, 1), ("ä", 2, 1, 2), ("aé\nbcé€👨‍👩‍👧d", 4, 2, 1), ("aé\nb\r\nc", 7, 3, 1), ("a", 99, 1, 2),
    ("", 0, 1, 1),
    ("\n\n", 2, 3, 1), ("👨‍👩‍👧d", 18, 1, 2),
  ])
  func columnsCountCharacters(text: String, offset: Int, line: Int, column: Int) {
    let place = SourceText(Array(text.utf8), fileName: "c.json").place(of: offset)
    #expect(place == SourceText.Place(line: line, column: column))
  }
}
