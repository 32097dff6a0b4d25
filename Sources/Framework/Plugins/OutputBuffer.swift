/// What a session's frames have led to: apart from `SessionOutput`, so that the keeper of its books can write to it.
@usableFromInline
struct OutputBuffer: Sendable {
  @usableFromInline var events: [MarketEvent] = []
  @usableFromInline var actions: [SessionOutput.Action] = []
  /// When each stream last had data; what the watchdog reads.
  var times = StreamTimes()
  /// Snapshots of books to ask for.
  var requests: [(number: Int, place: Int)] = []

  @usableFromInline
  init() {}

  mutating func withdraw(_ market: MarketID, at time: Timestamp) {
    events.append(.withdrawn(market, channel: .quotes, at: time))
  }
}
