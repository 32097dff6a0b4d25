/// The windows of a detector that hold records and have not fired, by number, oldest first.
///
/// All aggregates stand in one flat array, a row of `members` for each window; rows are reused, so nothing is allocated
/// once as many windows have been open at once as ever will be.
struct OpenWindows {
  private struct Window {
    let number: Int64
    let row: Int
    /// Of its first record.
    let firstPlace: InputPlace
  }

  /// Those before `head` have fired; they are cleared away when they are half of all.
  private var windows: [Window] = []
  private var head = 0
  private var aggregates: [PriceAggregate] = []
  private var freeRows: [Int] = []
  /// Columns of a row: members, with room to grow.
  private var width = 4

  var count: Int { windows.count - head }
  var oldest: Int64? { head < windows.count ? windows[head].number : nil }

  /// Where the first record stands that some window holds; nil when there is none.
  var firstPlace: InputPlace? { windows[head...].lazy.map(\.firstPlace).min() }

  mutating func add(
    window number: Int64, member: Int, _ first: Double, _ second: Double, eventTime: Int64, rule: PriceAggregate.Rule,
    place: InputPlace
  ) {
    if member >= width { widen(to: member + 1) }
    let row = row(of: number, place)
    aggregates[row * width + member].add(first, second, eventTime: eventTime, rule: rule)
  }

  /// The members that have records in the oldest window, and how many.
  var recordsOfOldest: [(member: Int, count: Int64)] {
    guard head < windows.count else { return [] }
    let base = windows[head].row * width
    return (0..<width).compactMap { member in
      let count = aggregates[base + member].count
      return count > 0 ? (member, count) : nil
    }
  }

  /// Removes the oldest window and writes its prices: `prices[n]` is member n's.
  mutating func takeOldest(
    into prices: inout [MemberPrice], members: Int, rule: PriceAggregate.Rule, minimum: Int64
  ) {
    prices.removeAll(keepingCapacity: true)
    guard head < windows.count else { return }
    let window = windows[head]
    head += 1
    if head * 2 >= windows.count {
      windows.removeFirst(head)
      head = 0
    }
    let base = window.row * width
    for member in 0..<members {
      prices.append(member < width ? aggregates[base + member].price(rule: rule, minimum: minimum) : .absent)
    }
    for column in base..<(base + width) { aggregates[column] = PriceAggregate() }
    freeRows.append(window.row)
  }

  /// The row of the window, opened if need be. Records mostly belong to the newest window, so the search starts there.
  private mutating func row(of number: Int64, _ firstPlace: InputPlace) -> Int {
    var position = windows.count
    if let newest = windows.last, head < windows.count, newest.number >= number {
      if newest.number == number { return newest.row }
      position = place(notBefore: number)
      if windows[position].number == number { return windows[position].row }
    }
    let row: Int
    if let free = freeRows.popLast() {
      row = free
    } else {
      row = aggregates.count / width
      aggregates.append(contentsOf: repeatElement(PriceAggregate(), count: width))
    }
    windows.insert(Window(number: number, row: row, firstPlace: firstPlace), at: position)
    return row
  }

  private func place(notBefore number: Int64) -> Int {
    var (low, high) = (head, windows.count)
    while low < high {
      let middle = (low + high) / 2
      if windows[middle].number < number { low = middle + 1 } else { high = middle }
    }
    return low
  }

  private mutating func widen(to needed: Int) {
    let rows = aggregates.count / width
    let newWidth = max(needed, width * 2)
    var wider = [PriceAggregate](repeating: PriceAggregate(), count: rows * newWidth)
    for row in 0..<rows {
      for column in 0..<width { wider[row * newWidth + column] = aggregates[row * width + column] }
    }
    aggregates = wider
    width = newWidth
  }
}
