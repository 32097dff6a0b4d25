/// What arrives next, over all markets: a binary heap by time, ties by the market's place.
struct ArrivalQueue: Sendable {
  struct Arrival: Sendable {
    /// Nanoseconds since the start.
    var time: Int64
    var market: Int

    static func precedes(_ left: Arrival, _ right: Arrival) -> Bool {
      left.time != right.time ? left.time < right.time : left.market < right.market
    }
  }

  private var heap: [Arrival]

  init(_ arrivals: [Arrival]) {
    // Sorted is a heap.
    heap = arrivals.sorted(by: Arrival.precedes)
  }

  var first: Arrival? { heap.first }

  /// Gives the first a later time.
  mutating func moveFirst(to time: Int64) {
    guard var arrival = heap.first else { return }
    arrival.time = time
    var place = 0
    while true {
      var child = 2 * place + 1
      guard child < heap.count else { break }
      if child + 1 < heap.count, Arrival.precedes(heap[child + 1], heap[child]) { child += 1 }
      guard Arrival.precedes(heap[child], arrival) else { break }
      heap[place] = heap[child]
      place = child
    }
    heap[place] = arrival
  }

  /// Gives each market a new time, where `time` has one for it.
  mutating func reschedule(_ time: (Int) -> Int64?) {
    self = ArrivalQueue(heap.map { Arrival(time: time($0.market) ?? $0.time, market: $0.market) })
  }
}
