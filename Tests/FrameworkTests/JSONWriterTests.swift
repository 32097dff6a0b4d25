import Foundation
import Testing

@testable import ArbdFramework

@Suite struct JSONWriterTests {
  @Test(
    arguments: [
      (0, "0"), (-0.0, "-0"), (10, "10"), (-1, "-1"), (0.1, "0.1"),
      (0.30000000000000004, "0.30000000000000004"),
      (60044.000716612325, "60044.000716612325"), (1e-9, "1e-9"), (1.5e-7, "1.5e-7"), (2.5e300, "2.5e+300"),
      (1e16, "1e+16"), (Double.leastNonzeroMagnitude, "5e-324"), (1.7976931348623157e308, "1.7976931348623157e+308"),
      (9_007_199_254_740_991, "9007199254740991"), (123_456_789, "123456789"), (1e-4, "0.0001"),
      (.infinity, "null"), (-.infinity, "null"), (.nan, "null"),
    ] as [(Double, String)])
  func doublesAreShort(_ value: Double, _ written: String) {
    #expect(text { $0.append(double: value) } == written)
  }

  @Test func doublesReadBackTheSame() throws {
    var random = SeededRandom(seed: 4)
    for _ in 0..<10_000 {
      let value = Double(bitPattern: random.next())
      guard value.isFinite else { continue }
      let written = text { $0.append(double: value) }
      #expect(Double(written)?.bitPattern == value.bitPattern, "\(written)")
      #expect(refusal(of: Array(written.utf8)) == nil, "\(written)")
      #expect(written.count <= value.description.count, "\(written)")
    }
  }

  @Test(arguments: [
    ("", "\"\""), ("plain é😀", "\"plain é😀\""), ("a\"b\\c/d", "\"a\\\"b\\\\c/d\""),
    ("\n\r\t", "\"\\n\\r\\t\""), ("\u{0}\u{8}\u{1F}\u{7F}", "\"\\u0000\\u0008\\u001f\u{7F}\""),
  ])
  func stringsAreEscapedWhereTheyMustBe(_ string: String, _ written: String) {
    #expect(text { $0.append(jsonString: string) } == written)
  }

  @Test func stringsReadBackTheSame() throws {
    var random = SeededRandom(seed: 5)
    for _ in 0..<2_000 {
      var string = ""
      for _ in 0..<random.number(0...8) {
        let limit: UInt32 = random.pick([0x30, 0x80, 0x800, 0x11_0000])
        string.unicodeScalars.append(Unicode.Scalar(UInt32.random(in: 0..<limit, using: &random)) ?? "?")
      }
      var bytes: [UInt8] = []
      bytes.append(jsonString: string)
      let foundation =
        try JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed) as? String
      #expect(foundation.map { Array($0.utf8) } == Array(string.utf8))
      #expect(try JSONValue(scanning: bytes) == .string(string))
    }
  }

  @Test(arguments: [0, 7, -7, 10, 1_700_000_000_123_456, .max, .min] as [Int64])
  func integersAreDigits(_ value: Int64) {
    #expect(text { $0.append(integer: value) } == String(value))
  }

  @Test func objectsAreIndented() {
    var object = JSONObjectWriter()
    object.number("n", .max)
    object.object("inner") { inner in
      inner.string("a\"b", "x\ny")
      inner.object("empty") { _ in }
    }
    object.double("d", 0.5)
    let expected = """
      {
        "n": 18446744073709551615,
        "inner": {
          "a\\"b": "x\\ny",
          "empty": {}
        },
        "d": 0.5
      }
      """
    #expect(String(decoding: object.end(), as: UTF8.self) == expected)
  }

  private func text(_ write: (inout [UInt8]) -> Void) -> String {
    var bytes = Array("before ".utf8)
    write(&bytes)
    return String(decoding: bytes.dropFirst(7), as: UTF8.self)
  }
}
