/// When each stream of one connection last had data, repetitions included: one store for each event, read once a second.
struct StreamTimes: Sendable {
  /// By market number, four places each for its channels; `none` where there was nothing yet.
  private var times: [Timestamp] = []

  static let none = Timestamp(microseconds: .min)

  @inline(__always)
  mutating func note(_ event: MarketEvent) {
    switch event {
    case .trade(let trade): note(trade.market, .trades, trade.receiveTime)
    case .quote(let quote): note(quote.market, .quotes, quote.receiveTime)
    case .withdrawn, .clock: break
    }
  }

  @inline(__always)
  mutating func note(_ market: MarketID, _ channel: Channel, _ time: Timestamp) {
    let place = StreamTimes.place(market, channel)
    if place >= times.count { makeRoom(for: place) }
    times[place] = time
  }

  @inline(__always)
  private static func place(_ market: MarketID, _ channel: Channel) -> Int { Int(market.index) &* 4 &+ channel.index }

  private mutating func makeRoom(for place: Int) {
    times.append(contentsOf: repeatElement(StreamTimes.none, count: (place | 3) + 1 - times.count))
  }

  /// Takes over what is newer.
  mutating func merge(_ other: StreamTimes) {
    if other.times.count > times.count { makeRoom(for: other.times.count - 1) }
    for place in other.times.indices { times[place] = max(times[place], other.times[place]) }
  }

  /// The streams that have had data.
  var known: some Sequence<(market: MarketID, channel: Channel, time: Timestamp)> {
    times.indices.lazy.filter { times[$0] != StreamTimes.none }.compactMap { place in
      Channel.allCases.first { $0.index == place % 4 }.map { (MarketID(index: Int32(place / 4)), $0, times[place]) }
    }
  }

  subscript(market: MarketID, channel: Channel) -> Timestamp {
    let place = StreamTimes.place(market, channel)
    return place < times.count ? times[place] : StreamTimes.none
  }
}
