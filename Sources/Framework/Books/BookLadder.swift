/// One side of an order book: levels in the order of their prices, the best one last, where most changes are.
///
/// Prices are compared as integers at one common power of ten, the finest that has come in; the digits of each price and
/// size are kept as they came.
struct BookLadder: Sendable {
  /// 24 bytes.
  private struct Entry {
    /// The price at the ladder's exponent, its sign turned for asks, so that the best one is the greatest on both sides.
    var key: Int64
    var size: Int64
    var priceExponent: Int8
    var sizeExponent: Int8
  }

  private var entries: [Entry] = []
  private var exponent: Int8 = 0
  private let sign: Int64
  /// The key of the worst level below which nothing is known any more, because levels there were dropped.
  private var horizon: Int64?

  init(_ side: BookSide) { sign = side == .bid ? 1 : -1 }

  var count: Int { entries.count }

  /// Levels were dropped that nothing will bring back.
  var hasHorizon: Bool { horizon != nil }

  /// The level that is `rank` places behind the best; `rank` is below `count`.
  subscript(rank: Int) -> BookLevel {
    let entry = entries[entries.count - 1 - rank]
    return BookLevel(price: price(of: entry), size: ExactDecimal(mantissa: entry.size, exponent: entry.sizeExponent))
  }

  var best: BookLevel? { entries.isEmpty ? nil : self[0] }

  /// The best price as a number to compare with the other side's, and the power of ten that it counts in.
  @inline(__always)
  var bestPrice: (mantissa: Int64, exponent: Int8)? {
    guard let entry = entries.last else { return nil }
    return (sign &* entry.key, exponent)
  }

  mutating func removeAll() {
    entries.removeAll(keepingCapacity: true)
    horizon = nil
  }

  /// Sets the size at a price, which is above 0; a size of 0 takes the level away. False when the price has digits that
  /// cannot be compared with those of the others.
  mutating func set(_ price: ExactDecimal, _ size: ExactDecimal) -> Bool {
    guard let key = key(of: price) else { return false }
    let (place, isThere) = place(of: key)
    if isThere {
      if size.mantissa == 0 {
        entries.remove(at: place)
      } else {
        entries[place].size = size.mantissa
        entries[place].sizeExponent = size.exponent
        entries[place].priceExponent = price.exponent
      }
    } else if size.mantissa != 0, horizon.map({ key >= $0 }) ?? true {
      entries.insert(
        Entry(key: key, size: size.mantissa, priceExponent: price.exponent, sizeExponent: size.exponent), at: place)
    }
    return true
  }

  /// Puts the levels of a snapshot in place of what there is, in whatever order they come; of several at one price the last
  /// one counts. Gives how many have digits that cannot be compared with the others'.
  mutating func load(_ changes: ArraySlice<BookChange>, _ side: BookSide) -> Int {
    removeAll()
    var refused = 0
    for change in changes where change.side == side {
      guard let key = key(of: change.price) else {
        refused += 1
        continue
      }
      entries.append(
        Entry(
          key: key, size: change.size.mantissa, priceExponent: change.price.exponent, sizeExponent: change.size.exponent
        ))
    }
    // Venues send the best one first.
    if isSorted(by: >) { entries.reverse() }
    if !isSorted(by: <) { removeRepetitions() }
    if entries.contains(where: { $0.size == 0 }) { entries.removeAll { $0.size == 0 } }
    return refused
  }

  private func isSorted(by isInOrder: (Int64, Int64) -> Bool) -> Bool {
    for place in entries.indices.dropFirst() where !isInOrder(entries[place - 1].key, entries[place].key) {
      return false
    }
    return true
  }

  private mutating func removeRepetitions() {
    // Stable, so that the last one of each price stays the last.
    let sorted = entries.enumerated().sorted { ($0.element.key, $0.offset) < ($1.element.key, $1.offset) }
    entries.removeAll(keepingCapacity: true)
    for (_, entry) in sorted {
      if entries.last?.key == entry.key { entries.removeLast() }
      entries.append(entry)
    }
  }

  /// What lies behind the worst level is unknown from here on.
  mutating func markHorizon() { horizon = entries.first?.key ?? .max }

  /// Drops all but the best `count` levels. With `leavesHorizon`, what lies behind them is unknown from here on.
  mutating func cut(to count: Int, leavesHorizon: Bool) {
    guard entries.count > count else { return }
    entries.removeFirst(entries.count - count)
    if leavesHorizon { markHorizon() }
  }

  // MARK: Prices

  private func price(of entry: Entry) -> ExactDecimal {
    let mantissa = sign * entry.key
    let shift = Int(entry.priceExponent) - Int(exponent)
    return ExactDecimal(mantissa: shift == 0 ? mantissa : mantissa / power(shift), exponent: entry.priceExponent)
  }

  @inline(__always)
  private mutating func key(of price: ExactDecimal) -> Int64? {
    if price.exponent == exponent { return sign &* price.mantissa }
    return otherKey(of: price)
  }

  private mutating func otherKey(of price: ExactDecimal) -> Int64? {
    if entries.isEmpty, horizon == nil {
      exponent = price.exponent
      return sign * price.mantissa
    }
    let shift = Int(price.exponent) - Int(exponent)
    if shift < 0, !refine(by: -shift) { return nil }
    guard shift <= 18 else { return nil }
    let (key, overflow) = price.mantissa.multipliedReportingOverflow(by: power(max(0, shift)))
    return overflow ? nil : sign * key
  }

  /// Compares with so many digits more from here on; false when the prices that are there do not allow it.
  private mutating func refine(by shift: Int) -> Bool {
    guard shift <= 18, Int(exponent) - shift >= Int(Int8.min) else { return false }
    let factor = power(shift)
    if let horizon, horizon != .max, horizon.multipliedReportingOverflow(by: factor).overflow { return false }
    for entry in entries where entry.key.multipliedReportingOverflow(by: factor).overflow { return false }
    for place in entries.indices { entries[place].key *= factor }
    if let horizon, horizon != .max { self.horizon = horizon * factor }
    exponent -= Int8(shift)
    return true
  }

  /// 10^exponent for 0…18.
  private func power(_ exponent: Int) -> Int64 {
    exponent <= 15
      ? Int64(wholePowerOfTen(exponent)) : Int64(wholePowerOfTen(15)) * Int64(wholePowerOfTen(exponent - 15))
  }

  // MARK: Places

  /// Where the key stands or would be inserted: at the first entry that is not below it.
  @inline(__always)
  private func place(of key: Int64) -> (place: Int, isThere: Bool) {
    let entries = entries.span
    var end = entries.count
    // Most changes are among the best few.
    let near = max(0, end &- 8)
    while end > near {
      let other = entries[unchecked: end &- 1].key
      if other < key { return (end, false) }
      if other == key { return (end &- 1, true) }
      end &-= 1
    }
    var start = 0
    while start < end {
      let middle = (start &+ end) &>> 1
      if entries[unchecked: middle].key < key { start = middle &+ 1 } else { end = middle }
    }
    return (start, start < entries.count && entries[unchecked: start].key == key)
  }
}
