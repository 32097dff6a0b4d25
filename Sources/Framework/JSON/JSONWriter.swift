/// Writing JSON into a byte buffer that the caller reuses: no tree, no `String` in between.
extension [UInt8] {
  @inlinable
  public mutating func append(_ literal: StaticString) {
    literal.withUTF8Buffer { append(contentsOf: $0) }
  }

  public mutating func append(integer: Int64) {
    // Nineteen digits and a sign, from the last one on; eight at a time while there are as many.
    withUnsafeTemporaryAllocation(byteCount: 20, alignment: 1) { digits in
      var first = digits.count
      var rest = integer.magnitude
      while rest >= 100_000_000 {
        let (upper, lower) = rest.quotientAndRemainder(dividingBy: 100_000_000)
        first -= 8
        digits.storeBytes(of: TradeID.digits(lower) | DigitWord.zeros, toByteOffset: first, as: UInt64.self)
        rest = upper
      }
      repeat {
        first -= 1
        digits[first] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
        rest /= 10
      } while rest > 0
      if integer < 0 {
        first -= 1
        digits[first] = UInt8(ascii: "-")
      }
      append(contentsOf: UnsafeRawBufferPointer(rebasing: digits[first...]))
    }
  }

  /// A string with its quotes; control characters, quotes and backslashes escaped, everything else as it is.
  public mutating func append(jsonString text: String) {
    append(UInt8(ascii: "\""))
    let isPlain: Bool? = text.utf8.withContiguousStorageIfAvailable { bytes in
      guard !bytes.contains(where: { $0 < 0x20 || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") }) else {
        return false
      }
      append(contentsOf: bytes)
      return true
    }
    if isPlain != true { for byte in text.utf8 { append(escaped: byte) } }
    append(UInt8(ascii: "\""))
  }

  mutating func append(escaped byte: UInt8) {
    switch byte {
    case UInt8(ascii: "\""): append("\\\"")
    case UInt8(ascii: "\\"): append("\\\\")
    case 0x0A: append("\\n")
    case 0x0D: append("\\r")
    case 0x09: append("\\t")
    case 0..<0x20:
      append("\\u00")
      let hexadecimal: StaticString = "0123456789abcdef"
      hexadecimal.withUTF8Buffer { digits in
        append(digits[Int(byte >> 4)])
        append(digits[Int(byte & 15)])
      }
    default: append(byte)
    }
  }

  /// The shortest decimal that reads back as the same double: `10`, `0.1`, `1e-9`, `2.5e+300`. JSON has no word for
  /// what is not finite; that becomes `null`.
  public mutating func append(double: Double) {
    guard double.isFinite else { return append("null") }
    var text = Substring(double.description)
    if text.hasSuffix(".0") { text.removeLast(2) }
    guard let exponentMark = text.firstIndex(of: "e") else { return append(contentsOf: text.utf8) }
    // Swift pads an exponent to two digits.
    let mantissa = text[..<exponentMark]
    let exponent = Int(text[text.index(after: exponentMark)...]) ?? 0
    append(contentsOf: (mantissa.hasSuffix(".0") ? mantissa.dropLast(2) : mantissa).utf8)
    append(exponent < 0 ? "e-" : "e+")
    append(integer: Int64(exponent.magnitude))
  }
}
