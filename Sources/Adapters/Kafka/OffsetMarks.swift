/// Where the events of one partition stand: which offset to go back to so that a given event, and all behind it, come again.
///
/// Exact for as long as `capacity` records may be needed again; with more, every second mark is forgotten, and it goes back
/// a little further than it must.
struct OffsetMarks {
  private struct Mark {
    /// The event's place among those of the source.
    let event: UInt64
    let offset: Int64
  }

  static let capacity = 65_536

  private let capacity: Int
  private var marks: [Mark] = []
  /// Every so many records there is a mark.
  private var stride = 1
  private var unmarked = 0
  private var lastEvent: UInt64 = 0
  /// Of the record to read next; nil before the first.
  private(set) var next: Int64?

  init(next: Int64? = nil, capacity: Int = capacity) {
    self.next = next
    self.capacity = capacity
  }

  /// A record has become event number `event`.
  mutating func append(event: UInt64, offset: Int64) {
    next = offset + 1
    lastEvent = event
    unmarked += 1
    guard unmarked >= stride || marks.isEmpty else { return }
    unmarked = 0
    marks.append(Mark(event: event, offset: offset))
    if marks.count >= capacity { thin() }
  }

  /// A record was skipped: nobody needs it again.
  mutating func skip(offset: Int64) { next = offset + 1 }

  /// The offset of the first record whose event is `event` or a later one; where marks were forgotten, that of an earlier
  /// record, or of a later one with `roundsUp`. Nil when there never was a record.
  func offset(from event: UInt64, roundsUp: Bool = false) -> Int64? {
    if event > lastEvent || marks.isEmpty { return next }
    let place = place(from: event)
    let isExact = stride == 1 || place < marks.count && marks[place].event == event
    if isExact || roundsUp || place == 0 { return place < marks.count ? marks[place].offset : next }
    return marks[place - 1].offset
  }

  /// Nothing before the event is needed any more.
  mutating func forget(before event: UInt64) {
    // The mark before stays, for what it stands for.
    let place = place(from: event) - 1
    if place > marks.count / 2 { marks.removeFirst(place) }
  }

  /// Of the first mark that is not before the event.
  private func place(from event: UInt64) -> Int {
    var (low, high) = (0, marks.count)
    while low < high {
      let middle = (low + high) / 2
      if marks[middle].event < event { low = middle + 1 } else { high = middle }
    }
    return low
  }

  private mutating func thin() {
    marks = marks.enumerated().filter { $0.offset.isMultiple(of: 2) }.map(\.element)
    stride *= 2
  }
}
