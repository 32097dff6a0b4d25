import Testing

@testable import ArbdFramework

/// What is written sixteen digits at a time is what is written digit by digit.
@Suite struct RawLineTests {
  private func text(_ write: (inout RawLine) -> Void) -> String {
    withUnsafeTemporaryAllocation(byteCount: 1_024, alignment: 8) { memory in
      var line = RawLine(memory)
      line.put("<")
      write(&line)
      line.put(">")
      return String(decoding: line.bytes, as: UTF8.self)
    }
  }

  private func expectSame(_ mantissa: Int64, _ exponent: Int8) {
    let decimal = ExactDecimal(mantissa: mantissa, exponent: exponent)
    #expect(text { $0.put(decimal: decimal) } == "<\(decimal)>")
    #expect(text { $0.put(integer: mantissa) } == "<\(mantissa)>")
  }

  @Test func numbersAtTheirBorders() {
    let exponents: [Int8] = [.min, -127, -19, -17, -16, -15, -14, -9, -8, -7, -1, 0, 1, 9, .max]
    var mantissas: [Int64] = [.min, .max, .max - 1]
    var power: Int64 = 1
    for _ in 0...18 {
      mantissas += [power - 1, power, power + 1, -power]
      power = power.multipliedReportingOverflow(by: 10).partialValue
    }
    for mantissa in mantissas { for exponent in exponents { expectSame(mantissa, exponent) } }
  }

  @Test func randomNumbers() {
    var random = SeededRandom(seed: 15)
    for _ in 0..<20_000 {
      let shift = Int64.random(in: 0..<63, using: &random)
      expectSame(
        Int64.random(in: .min ... .max, using: &random) >> shift, Int8.random(in: -24...3, using: &random))
    }
  }

  /// An id is looked at eight bytes at a time; each of its bytes counts, wherever it stands, and nothing behind it.
  @Test(arguments: [0, 1, 7, 8, 9, 16, 31, 32, 38, 39])
  func ids(length: Int) throws {
    let plain = String(repeating: "~", count: length)
    #expect(text { $0.put(id: TradeID(plain)!) } == "<\(plain)>")
    for place in 0..<length {
      for byte in UInt8(0)...0x7F {
        var bytes = Array(plain.utf8)
        bytes[place] = byte
        let id = try #require(TradeID(String(decoding: bytes, as: UTF8.self)))
        var expected: [UInt8] = []
        expected.append(jsonString: id.description)
        #expect(text { $0.put(id: id) } == "<\(String(decoding: expected.dropFirst().dropLast(), as: UTF8.self))>")
      }
    }
    for text in ["é", "日本"] { #expect(self.text { $0.put(id: TradeID(text)!) } == "<\(text)>") }
  }

  /// The longest there is fits.
  @Test func theLongestTrade() throws {
    let id = try #require(TradeID(String(repeating: "\u{1}", count: TradeID.capacity)))
    let long = Quantity(ExactDecimal(mantissa: .min + 1, exponent: .min))
    let trade = Trade(
      market: MarketID(index: 0), side: .unknown, price: long, size: long, id: id,
      eventTime: Timestamp(microseconds: .min), receiveTime: Timestamp(microseconds: .max))
    var line: [UInt8] = []
    line.append(trade: trade, at: Market(venue: "v", instrument: .btc))
    let expected =
      #"{"venue":"v","instrument":"BTC-USD","price":"\#(long.exact!)","size":"\#(long.exact!)","side":"unknown","#
      + #""trade_id":"\#(String(repeating: "\\u0001", count: TradeID.capacity))","event_time_us":\#(Int64.min),"#
      + #""receive_time_us":\#(Int64.max)}"#
    #expect(String(decoding: line, as: UTF8.self) == expected)
  }
}
