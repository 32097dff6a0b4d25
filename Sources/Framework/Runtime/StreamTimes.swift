/// When each stream of one connection last had data, repetitions included: one store for each event, read once a second.
struct StreamTimes: Sendable {
  /// By market number, for trades and for quotes in turn; `none` where there was nothing yet.
  private var times: [Timestamp] = []

  static let none = Timestamp(microseconds: .min)

  @inline(__always)
  mutating func note(_ event: MarketEvent) {
    switch event {
    case .trade(let trade): note(Int(trade.market.index) * 2, trade.receiveTime)
    case .quote(let quote): note(Int(quote.market.index) * 2 + 1, quote.receiveTime)
    case .withdrawn, .clock: break
    }
  }

  @inline(__always)
  private mutating func note(_ place: Int, _ time: Timestamp) {
    if place >= times.count { makeRoom(for: place) }
    times[place] = time
  }

  private mutating func makeRoom(for place: Int) {
    times.append(contentsOf: repeatElement(StreamTimes.none, count: place + 2 - place % 2 - times.count))
  }

  /// Takes over what is newer.
  mutating func merge(_ other: StreamTimes) {
    if other.times.count > times.count { makeRoom(for: other.times.count - 1) }
    for place in other.times.indices { times[place] = max(times[place], other.times[place]) }
  }

  /// The streams that have had data.
  var known: some Sequence<(market: MarketID, channel: Channel, time: Timestamp)> {
    times.indices.lazy.filter { times[$0] != StreamTimes.none }.map { place in
      (MarketID(index: Int32(place / 2)), place % 2 == 0 ? .trades : .quotes, times[place])
    }
  }

  subscript(market: MarketID, channel: Channel) -> Timestamp {
    let place = Int(market.index) * 2 + (channel == .trades ? 0 : 1)
    return place < times.count ? times[place] : StreamTimes.none
  }
}
