import Foundation
import Testing

@testable import ArbdFramework

/// The scanner against Foundation's reader, on documents made from seeds.
@Suite struct JSONScannerPropertyTests {
  @Test func validDocumentsAreAcceptedAndReadAlike() throws {
    for seed in 0..<1_500 {
      var random = SeededRandom(seed: UInt64(seed))
      let document = random.jsonDocument()
      let text = String(decoding: document, as: UTF8.self)
      #expect(refusal(of: document) == nil, "seed \(seed): \(text)")
      #expect(try JSONValue(scanning: document) == JSONValue(foundation: document), "seed \(seed): \(text)")
    }
  }

  @Test func everyPrefixIsJudgedAlike() {
    for seed in 0..<80 {
      var random = SeededRandom(seed: UInt64(seed))
      let document = random.jsonDocument(depth: 3)
      for length in 0..<document.count { expectSameVerdict(Array(document.prefix(length)), "seed \(seed)") }
    }
  }

  @Test func mutatedDocumentsAreJudgedAlike() {
    for seed in 0..<15_000 {
      var random = SeededRandom(seed: UInt64(seed))
      let document = random.jsonDocument(depth: 2)
      expectSameVerdict(random.mutated(document), "seed \(seed)")
    }
  }

  /// Reading a string while replacing its escapes, against reading it and replacing them then.
  @Test func aStringReadIntoABatchIsTheSame() {
    let pieces = [
      "a", "7654321", "\\\"", "\\\\", "\\u00e9", "\\ud83d\\ude00", "é", "😀", "\\n", "\\", "\"", "\n", "\\ud83d",
    ]
    for seed in 0..<4_000 {
      var random = SeededRandom(seed: UInt64(seed))
      let text =
        " \"" + (0..<random.number(0...9)).map { _ in random.pick(pieces) }.joined() + "\"" + random.pick(["", ",1"])
      let bytes = Array(text.utf8)
      var first = JSONScanner(bytes.span.bytes)
      var second = JSONScanner(bytes.span.bytes)
      var batch = InputBatch()
      _ = batch.store([1, 2, 3].span.bytes)
      var (read, stored): (String?, String?)
      var (refusal, other): (JSONError?, JSONError?)
      do throws(JSONError) { read = try first.readString().string } catch { refusal = error }
      do throws(JSONError) {
        let range = try batch.store(stringOf: &second)
        stored = batch.text(range)
      } catch { other = error }
      #expect(read == stored && refusal == other, "\(text)")
      if read != nil { #expect(first.offset == second.offset) }
    }
  }

  /// Whatever the bytes and the calls: no trap, and every place named is within the document.
  @Test func noOrderOfCallsDoesHarm() {
    let alphabet = Array("{}[]\"\"\"::,,\\u0dD8123eE+-. truefalsn\n\u{0}é".utf8) + [0xFF, 0xC3, 0xF0, 0xED]
    for seed in 0..<4_000 {
      var random = SeededRandom(seed: UInt64(seed))
      let bytes = (0..<random.number(0...40)).map { _ in
        random.chance(95) ? random.pick(alphabet) : UInt8(truncatingIfNeeded: random.next())
      }
      var json = JSONScanner(bytes.span.bytes, from: random.number(-2...3), depthLimit: random.number(0...3))
      for _ in 0..<12 {
        do throws(JSONError) {
          try anyCall(&json, &random)
        } catch {
          #expect((0...bytes.count).contains(error.offset), "seed \(seed)")
        }
        #expect((0...bytes.count).contains(json.offset), "seed \(seed)")
      }
    }
  }

  private func anyCall(_ json: inout JSONScanner, _ random: inout SeededRandom) throws(JSONError) {
    switch random.number(0...14) {
    case 0: _ = try json.peek()
    case 1, 2: try json.beginObject()
    case 3, 4: _ = try json.nextKey()?.string
    case 5: try json.beginArray()
    case 6: _ = try json.nextElement()
    case 7: _ = try json.readString().quantity
    case 8: _ = try json.readStringRange()
    case 9: _ = try json.readQuantity()
    case 10: _ = try json.readInteger()
    case 11: _ = try json.readBoolean()
    case 12: _ = try json.readNull()
    case 13: try json.finish()
    default: try json.skipValue()
    }
  }

  private func expectSameVerdict(_ document: [UInt8], _ seed: String) {
    guard !isJudgedApart(document) else { return }
    let accepts = refusal(of: document) == nil
    let text = String(decoding: document, as: UTF8.self)
    #expect(accepts == (JSONValue(foundation: document) != nil), "\(seed): \(text.debugDescription)")
  }

  /// Where Foundation is known to do otherwise.
  private func isJudgedApart(_ document: [UInt8]) -> Bool {
    // It guesses UTF-16 and UTF-32 from zero bytes or a byte order mark at the start.
    if document.prefix(4).contains(0) || [0xEF, 0xFE, 0xFF].contains(document.first) { return true }
    // It lets a comma stand in front of a closing bracket.
    if let refusal = refusal(of: document), refusal.reason == .unexpectedByte,
      Array("]}".utf8).contains(document[refusal.offset]),
      document[..<refusal.offset].last(where: { $0 > 0x20 }) == UInt8(ascii: ",")
    {
      return true
    }
    // It refuses numbers that no double holds; here they are numbers, if inexact ones.
    if let value = try? JSONValue(scanning: document), value.holdsInfinity { return true }
    return false
  }
}

/// Why the scanner refuses the document; nil when it is a valid one.
func refusal(of bytes: [UInt8], depthLimit: Int = JSONScanner.defaultDepthLimit) -> JSONError? {
  var json = JSONScanner(bytes.span.bytes, depthLimit: depthLimit)
  do throws(JSONError) {
    try json.skipValue()
    try json.finish()
    return nil
  } catch {
    return error
  }
}

extension JSONValue {
  fileprivate var holdsInfinity: Bool {
    switch self {
    case .number(let number): number.isInfinite
    case .array(let elements): elements.contains { $0.holdsInfinity }
    case .object(let members): members.values.contains { $0.holdsInfinity }
    case .null, .boolean, .string: false
    }
  }
}
