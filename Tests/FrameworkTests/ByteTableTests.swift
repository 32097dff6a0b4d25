import Testing

@testable import ArbdFramework

@Suite struct ByteTableTests {
  /// Keys over two letters, so that many share a beginning, and the same bytes are split in different places.
  @Test(arguments: 0..<8)
  func agreesWithADictionary(_ seed: UInt64) {
    var random = SeededRandom(seed: seed)
    var table = ByteTable()
    var dictionary: [[[UInt8]]: Int32] = [:]
    for number in 0..<Int32(2_000) {
      let (first, second) = (random.key(), random.key())
      if random.chance(50) {
        table.insert(first, second, value: number)
        // A key that is there keeps its old number.
        dictionary[[first, second]] = dictionary[[first, second]] ?? number
      }
      #expect(table.value(first, second) == dictionary[[first, second]])
    }
    #expect(table.count == dictionary.count)
    for (key, number) in dictionary {
      #expect(table.value(key[0], key[1]) == number)
    }
  }

  @Test func theSplitIsPartOfTheKey() {
    var table = ByteTable()
    let splits = [("", "abc"), ("a", "bc"), ("ab", "c"), ("abc", "")]
    for (number, split) in splits.enumerated() { table.insert(split.0, split.1, value: Int32(number)) }
    for (number, split) in splits.enumerated() { #expect(table.value(split.0, split.1) == Int32(number)) }
    #expect(table.count == 4)
  }

  @Test func aSingleKeyIsTheSecondPart() {
    var table = ByteTable()
    table.insert("BTC-USD", value: 7)
    table.insert("", value: 8)
    #expect(table.value("", "BTC-USD") == 7)
    #expect(table.value("BTC-USD", "") == nil)
    #expect(table.value("", "") == 8)
    #expect(table.value("BTC-USD") == 7)
    #expect(ByteTable().value("BTC-USD") == nil)
  }

  @Test func whatIsCopiedStaysAsItWas() {
    var table = ByteTable()
    table.insert("a", value: 1)
    let copy = table
    for number in 0..<Int32(100) { table.insert("key\(number)", value: number) }
    #expect(copy.count == 1)
    #expect(copy.value("", "key5") == nil)
    #expect(table.value("", "a") == 1)
  }
}

extension ByteTable {
  fileprivate mutating func insert(_ first: [UInt8], _ second: [UInt8], value: Int32) {
    let text = first + second
    insert(in: text.span.bytes, 0..<first.count, first.count..<text.count, value: value)
  }

  fileprivate mutating func insert(_ first: String, _ second: String, value: Int32) {
    insert(Array(first.utf8), Array(second.utf8), value: value)
  }

  fileprivate func value(_ first: [UInt8], _ second: [UInt8]) -> Int32? {
    let text = first + second
    return value(in: text.span.bytes, 0..<first.count, first.count..<text.count)
  }

  fileprivate func value(_ first: String, _ second: String) -> Int32? {
    value(Array(first.utf8), Array(second.utf8))
  }

  fileprivate func value(_ key: String) -> Int32? {
    let key = Array(key.utf8)
    return value(of: key.span.bytes)
  }
}

extension SeededRandom {
  fileprivate mutating func key() -> [UInt8] {
    let isAnything = chance(10)
    return (0..<number(0...6)).map { _ in isAnything ? UInt8(truncatingIfNeeded: next()) : pick([0x61, 0x62])
    }
  }
}
