internal import ArbdFramework

/// What a venue says about a book in one message, before a dialect is chosen.
struct BookMessage: Sendable {
  var isSnapshot: Bool
  var levels: BookView.Changes
  /// The number of the last change that the stream told before this.
  var previous: Int64
  /// The number of the last change in it.
  var number: Int64
  /// One more with each message of the stream; a snapshot has that of the last message.
  var count: Int64
  var time: Timestamp
  var hasWrongChecksum = false

  init(snapshot levels: BookView.Changes, number: Int64, count: Int64, at time: Timestamp) {
    (isSnapshot, previous) = (true, -1)
    (self.levels, self.number, self.count, self.time) = (levels, number, count, time)
  }

  /// All of a market's book.
  init(snapshot market: ListedMarket, atMost depth: Int = .max) {
    let levels = BookView.Changes(
      bids: market.book.levels(.bid, atMost: depth), asks: market.book.levels(.ask, atMost: depth))
    let (number, time) = (market.quote?.updateID ?? 0, market.quote?.time ?? Timestamp(microseconds: 0))
    self.init(snapshot: levels, number: number, count: number, at: time)
  }

  /// A change of the whole book.
  init(_ quote: SimulatedQuote) {
    func levels(_ side: BookSide) -> [SimulatedBook.Level] { quote.changes.filter { $0.side == side }.map(\.level) }
    isSnapshot = false
    self.levels = BookView.Changes(bids: levels(.bid), asks: levels(.ask))
    (previous, number, count, time) = (quote.previousID, quote.updateID, quote.updateID, quote.time)
    hasWrongChecksum = quote.delivery == .withWrongChecksum
  }
}

/// Streams of books, one for each topic that somebody listens to. All listeners of a topic see the same.
///
/// A stream tells of changes at the multiples of its interval, all that there were in one message: those of events before
/// that moment, however late it is called. Changes whose messages fare differently are not joined.
struct BookStreams<Topic: Hashable & Sendable>: Sendable {
  private struct Stream: Sendable {
    let place: Int
    /// Microseconds; 0: each change at once.
    let interval: Int64
    /// Nil for the whole book.
    var view: BookView?
    /// Of the whole book: all levels that any change since the last message has named. Whoever has seen the book between two
    /// messages is set right by them too, which what is different in the end alone would not do.
    var named = NamedLevels()
    var number: Int64
    var count: Int64
    var time: Timestamp
    /// What has not been told: the last change, and when it has to be.
    var pending: (quote: SimulatedQuote, due: Timestamp)?
  }

  /// Something to be told now.
  struct News: Sendable {
    let topic: Topic
    let place: Int
    let message: BookMessage
    let delivery: SimulatedQuote.Delivery
  }

  private let tellsWhatFallsOut: Bool
  private var streams: [Topic: Stream] = [:]
  /// In the order in which they began.
  private var order: [Topic] = []
  /// None has to tell anything before.
  private(set) var next: Timestamp?

  init(tellsWhatFallsOut: Bool) { self.tellsWhatFallsOut = tellsWhatFallsOut }

  /// What a new listener begins with. `depth`: nil for the whole book; `interval`: in microseconds.
  @discardableResult
  mutating func begin(
    _ topic: Topic, of place: Int, depth: Int? = nil, interval: Int64 = 0, _ market: ListedMarket
  ) -> BookMessage {
    if streams[topic] == nil {
      let number = market.quote?.updateID ?? 0
      let view = depth.map { BookView(depth: $0, tellsWhatFallsOut: tellsWhatFallsOut, market.book) }
      streams[topic] = Stream(
        place: place, interval: interval, view: view, number: number, count: number,
        time: market.quote?.time ?? Timestamp(microseconds: 0))
      order.append(topic)
    }
    guard let stream = streams[topic], let view = stream.view else { return BookMessage(snapshot: market) }
    return BookMessage(snapshot: view.levels, number: stream.number, count: stream.count, at: stream.time)
  }

  /// Nobody listens any more.
  mutating func end(_ topic: Topic) {
    if streams.removeValue(forKey: topic) != nil { order.removeAll { $0 == topic } }
  }

  /// What is to be told before the event happens, by the markets as they still are.
  mutating func news(before event: SimulatedEvent, at place: Int?, _ markets: ListedMarkets) -> [News] {
    guard next != nil else { return [] }
    switch event {
    case .trade(let trade): return news(markets) { $1 <= trade.time }
    case .quote(let quote):
      return news(markets) { stream, due in
        due <= quote.time || (stream.place == place && stream.pending?.quote.delivery != quote.delivery)
      }
    }
  }

  /// The book at a place has changed.
  mutating func note(_ quote: SimulatedQuote, at place: Int) {
    for topic in order {
      guard let stream = streams[topic], stream.place == place else { continue }
      let now = quote.time.microseconds
      let interval = max(1, stream.interval)
      let due = stream.interval == 0 ? now : (now / interval + 1) * interval
      let moment = stream.pending?.due ?? Timestamp(microseconds: due)
      streams[topic]?.pending = (quote, moment)
      if stream.view == nil { streams[topic]?.named.add(quote.changes) }
      next = min(next ?? moment, moment)
    }
  }

  /// What is due.
  mutating func news(at time: Timestamp, _ markets: ListedMarkets) -> [News] {
    guard let next, next <= time else { return [] }
    return news(markets) { $1 <= time }
  }

  /// In the order in which it was due.
  private mutating func news(_ markets: ListedMarkets, where isDue: (Stream, Timestamp) -> Bool) -> [News] {
    next = nil
    var news: [(news: News, due: Timestamp)] = []
    for topic in order {
      guard var stream = streams[topic], let pending = stream.pending else { continue }
      guard isDue(stream, pending.due) else {
        next = min(next ?? pending.due, pending.due)
        continue
      }
      let changes = stream.view?.follow(markets[stream.place].book) ?? stream.named.take()
      stream.pending = nil
      if !changes.isEmpty {
        var message = BookMessage(pending.quote)
        (message.levels, message.previous, message.count) = (changes, stream.number, stream.count + 1)
        (stream.number, stream.count, stream.time) = (message.number, message.count, message.time)
        let told = News(topic: topic, place: stream.place, message: message, delivery: pending.quote.delivery)
        news.append((told, pending.due))
      }
      streams[topic] = stream
    }
    // Those that are due at the same time stay as they are.
    if news.count > 1 { news.sort { $0.due < $1.due } }
    return news.map(\.news)
  }
}

/// Levels that changes have named, each with its last size.
struct NamedLevels: Sendable {
  private var bids: [Int64: Int64] = [:]
  private var asks: [Int64: Int64] = [:]

  mutating func add(_ changes: [SimulatedBook.Change]) {
    for change in changes {
      switch change.side {
      case .bid: bids[change.level.price] = change.level.size
      case .ask: asks[change.level.price] = change.level.size
      }
    }
  }

  /// Gives and forgets them, best first.
  mutating func take() -> BookView.Changes {
    defer { self = NamedLevels() }
    return BookView.Changes(
      bids: bids.map(SimulatedBook.Level.init).sorted { $0.price > $1.price },
      asks: asks.map(SimulatedBook.Level.init).sorted { $0.price < $1.price })
  }
}

/// Sends messages about books as their delivery wants it. Those that shall come late wait for the next one of their key.
struct BookDelivery<Key: Hashable & Sendable>: Sendable {
  private var late: [Key: [UInt8]] = [:]

  /// Publishes what was written from `start` on, or does not.
  mutating func publish(
    from start: Int, _ delivery: SimulatedQuote.Delivery, _ key: Key, to ids: [ConnectionID],
    _ output: inout VenueOutput
  ) {
    switch delivery {
    case .lost, .muted: return output.bytes.removeSubrange(start...)
    case .late where late[key] == nil:
      late[key] = Array(output.bytes[start...])
      return output.bytes.removeSubrange(start...)
    case .sent, .late, .withWrongChecksum: output.publish(from: start, to: ids)
    case .twice:
      output.publish(from: start, to: ids)
      output.repeatLast()
    }
    guard !late.isEmpty, let held = late.removeValue(forKey: key) else { return }
    let next = output.bytes.count
    output.bytes += held
    output.publish(from: next, to: ids)
  }

  mutating func forget(_ key: Key) { late[key] = nil }
}
