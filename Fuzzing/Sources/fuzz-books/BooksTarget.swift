import ArbdFramework
import FuzzSupport

/// Changes of a book, made up, in a book and in one that is as plain as can be.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ data: UnsafeRawPointer?, _ count: Int) -> CInt {
  var bytes = UnsafeRawBufferPointer(start: data, count: count)[...]
  var books = ComparedBooks(depth: 1 + Int(bytes.popFirst() ?? 0) % 12, isExact: (bytes.popFirst() ?? 0) & 1 == 0)
  while let operation = bytes.popFirst() {
    switch operation & 7 {
    case 0:
      let isCut = operation & 8 != 0
      let levels = (0..<Int(operation >> 4) * 12).compactMap { _ in BookChange(&bytes) }
      books.replace(with: levels, isCut: isCut)
    case 1: books.finishChanges()
    default:
      guard let change = BookChange(&bytes) else { return 0 }
      books.apply(change)
    }
  }
  return 0
}

extension BookChange {
  /// Prices and sizes of few values, so that levels are hit again, with digits that change.
  fileprivate init?(_ bytes: inout Slice<UnsafeRawBufferPointer>) {
    guard let first = bytes.popFirst(), let second = bytes.popFirst(), let third = bytes.popFirst() else { return nil }
    let far: [Int8] = [-128, -20, -18, -9, 5, 18, 19, 127]
    let digits = second < 248 ? -Int8(second & 3) : far[Int(second & 7)]
    var price = Int64(first & 0x7F) - (first & 0x7F == 127 ? 130 : 0)
    if second & 4 != 0 { price = price * 10 + Int64(second >> 3) }
    if second == 255 { price = .max - Int64(first) }
    self.init(
      first & 0x80 == 0 ? .bid : .ask, price: ExactDecimal(mantissa: price, exponent: digits),
      size: ExactDecimal(mantissa: Int64(third & 0x1F) - (third == 255 ? 40 : 0), exponent: -Int8(third >> 6)))
  }
}
