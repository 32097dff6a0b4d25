import Testing

@testable import ArbdFramework

@Suite struct TradeIDTests {
  @Test(arguments: [
    "", "1", "12345678", "123456789", "9223372036854775807", "6f1c2d30-0000-4abc-8def-0123456789ab",
    String(repeating: "x", count: 32), String(repeating: "y", count: 39), "é€😀",
  ])
  func keepsText(_ text: String) throws {
    let id = try #require(TradeID(text))
    #expect(id.description == text)
    #expect(id.count == text.utf8.count)
    #expect((0..<id.count).map { id[$0] } == Array(text.utf8))
  }

  @Test(arguments: [40, 41, 255, 256, 295])
  func refusesMoreThan39Bytes(_ count: Int) {
    #expect(TradeID(String(repeating: "1", count: count)) == nil)
  }

  @Test func aNumberIsItsDigits() {
    var numbers: [UInt64] = [0, .max, 10_000_000_000_000_000_000, 9_999_999_999_999_999_999]
    var power: UInt64 = 1
    for _ in 0..<19 {
      numbers += [power - 1, power, power + 1]
      power *= 10
    }
    var random = SeededRandom(seed: 7)
    for _ in 0..<500 { numbers.append(random.next() >> UInt64(random.number(0...63))) }
    for number in numbers { #expect(TradeID(number).description == String(number)) }
  }

  @Test func equalTextIsTheSameID() throws {
    #expect(TradeID(1_234) == TradeID("1234"))
    #expect(Set([TradeID(1_234), try #require(TradeID("1234"))]).count == 1)
    let others = ["1234\u{0}", "01234", "123", "12345", "4321", ""]
    for other in others { #expect(TradeID(other) != TradeID(1_234)) }
    let distinct = Set(try others.map { try #require(TradeID($0)) })
    #expect(distinct.count == others.count)
  }

  @Test func everyByteCounts() throws {
    let text = Array(repeating: UInt8(ascii: "a"), count: 39)
    let id = try #require(TradeID(String(repeating: "a", count: 39)))
    for place in text.indices {
      var other = text
      other[place] = UInt8(ascii: "b")
      let changed = TradeID(other.span.bytes)
      #expect(changed != id, "byte \(place)")
    }
  }
}
