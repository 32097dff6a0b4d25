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

/// Streams of the best levels of books, one for each topic that somebody listens to. All listeners of a topic see the same.
struct BookStreams<Topic: Hashable & Sendable>: Sendable {
  private struct Stream: Sendable {
    var view: BookView
    var number: Int64
    var count: Int64
    var time: Timestamp
  }

  private let tellsWhatFallsOut: Bool
  private var streams: [Topic: Stream] = [:]

  init(tellsWhatFallsOut: Bool) { self.tellsWhatFallsOut = tellsWhatFallsOut }

  /// What a new listener begins with.
  mutating func begin(_ topic: Topic, depth: Int, _ market: ListedMarket) -> BookMessage {
    let number = market.quote?.updateID ?? 0
    let stream =
      streams[topic]
      ?? Stream(
        view: BookView(depth: depth, tellsWhatFallsOut: tellsWhatFallsOut, market.book), number: number, count: number,
        time: market.quote?.time ?? Timestamp(microseconds: 0))
    streams[topic] = stream
    return BookMessage(snapshot: stream.view.levels, number: stream.number, count: stream.count, at: stream.time)
  }

  /// Nobody listens any more.
  mutating func end(_ topic: Topic) { streams[topic] = nil }

  /// What the listeners of a topic are told of a change; nil where it lies behind what they see.
  mutating func follow(_ topic: Topic, _ quote: SimulatedQuote, _ market: ListedMarket) -> BookMessage? {
    guard var stream = streams[topic] else { return nil }
    let changes = stream.view.follow(market.book)
    if changes.isEmpty {
      streams[topic] = stream
      return nil
    }
    var message = BookMessage(quote)
    (message.levels, message.previous, message.count) = (changes, stream.number, stream.count + 1)
    (stream.number, stream.count, stream.time) = (message.number, message.count, message.time)
    streams[topic] = stream
    return message
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
