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
  /// Those before it are no longer needed.
  private var head = 0
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
    if marks.count - head >= capacity { thin() }
  }

  /// A record was skipped: nobody needs it again.
  mutating func skip(offset: Int64) { next = offset + 1 }

  /// The offset of the first record whose event is `event` or a later one, or an earlier offset; nil when there never was a
  /// record. Events are asked for in their order.
  mutating func offset(from event: UInt64) -> Int64? {
    // The last mark that is not behind the event: between two marks there may be more records.
    while head + 1 < marks.count, marks[head + 1].event <= event { head += 1 }
    if head > marks.count / 2 {
      marks.removeFirst(head)
      head = 0
    }
    guard head < marks.count else { return next }
    let mark = marks[head]
    if mark.event >= event { return mark.offset }
    if event > lastEvent { return next }
    guard stride == 1, head + 1 < marks.count else { return mark.offset }
    return marks[head + 1].offset
  }

  private mutating func thin() {
    marks = Array(marks[head...].enumerated().filter { $0.offset.isMultiple(of: 2) }.map(\.element))
    head = 0
    stride *= 2
  }
}
