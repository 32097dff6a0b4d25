@testable import ArbdFramework

/// The books of a connection and what comes of them, as text.
struct KeptBooks {
  var keeper: BookKeeper
  private let markets = MarketTable()
  private let symbols: SymbolTable
  private var output = OutputBuffer()
  /// What the venue's rule would give of a book; nil: it has none.
  var checksum: (borrowing OrderBook) -> UInt32? = { _ in nil }

  /// Symbols `A`, `B` and so on.
  init(_ names: [String] = ["A", "B"], channels: [Channel] = [.book], _ rules: BookRules = BookRules()) {
    let markets = markets
    let subscriptions = names.flatMap { name -> [Subscription] in
      let instrument = Instrument(base: name, quote: "USD")
      guard let market = markets.intern(Market(venue: "venue", instrument: instrument)) else { return [] }
      return channels.map { Subscription(market: market, instrument: instrument, symbol: name, channel: $0) }
    }
    symbols = SymbolTable(subscriptions)
    keeper = BookKeeper(symbols, rules)
  }

  static func time(_ seconds: Double) -> Timestamp {
    Timestamp(microseconds: 1_700_000_000_000_000 + Int64(seconds * 1e6))
  }

  /// `levels`: as in `bid 100 2, ask 101 1`.
  static func changes(_ levels: String) -> [BookChange] {
    levels.split(separator: ",").compactMap { level in
      let parts = level.split(separator: " ")
      guard parts.count == 3, let price = try? ExactDecimal(parts[1]), let size = try? ExactDecimal(parts[2]) else {
        return nil
      }
      return BookChange(parts[0] == "bid" ? .bid : .ask, price: price, size: size)
    }
  }

  mutating func snapshot(
    _ levels: String, _ step: BookStep = .unnumbered, of place: Int = 0, at seconds: Double, isCut: Bool = false,
    checksum: UInt32? = nil
  ) -> [String] {
    take(
      BookUpdate(place: place, kind: .snapshot(isCut: isCut), step: step, eventTime: nil, checksum: checksum),
      Self.changes(levels), seconds)
  }

  mutating func change(
    _ levels: String, _ step: BookStep = .unnumbered, of place: Int = 0, at seconds: Double, checksum: UInt32? = nil
  ) -> [String] {
    take(
      BookUpdate(place: place, kind: .changes, step: step, eventTime: nil, checksum: checksum), Self.changes(levels),
      seconds)
  }

  mutating func take(_ update: BookUpdate, _ changes: [BookChange], _ seconds: Double) -> [String] {
    keeper.receive(update, changes[...], at: Self.time(seconds), &output) { book, _ in checksum(book) }
    return told()
  }

  mutating func advance(to seconds: Double) -> [String] {
    keeper.advance(to: Self.time(seconds), &output)
    return told()
  }

  mutating func lose(_ place: Int = 0, at seconds: Double) -> [String] {
    keeper.lose(place, "reason", at: Self.time(seconds), &output)
    return told()
  }

  mutating func reject(at seconds: Double) -> [String] {
    keeper.frameRejected(at: Self.time(seconds), &output)
    return told()
  }

  mutating func acknowledge(_ place: Int = 0, at seconds: Double) {
    keeper.acknowledged(place, at: Self.time(seconds))
  }

  func isInStep(_ place: Int = 0) -> Bool { keeper.book(at: place)?.isInStep ?? false }

  func levels(_ side: BookSide, of place: Int = 0) -> [String] {
    (keeper.book(at: place)?.book.levels(side) ?? []).map(\.text)
  }

  private mutating func told() -> [String] {
    defer { output = OutputBuffer() }
    let events = output.events.compactMap { event -> String? in
      switch event {
      case .quote(let quote):
        "\(name(quote.market)): \(text(quote.bidSize, quote.bid)) | \(text(quote.askSize, quote.ask))"
      case .withdrawn(let market, _, _): "\(name(market)): withdrawn"
      default: nil
      }
    }
    let actions = output.actions.map { action in
      switch action {
      case .outOfStep(let subscription, let reason, let isLasting):
        "\(subscription.symbol): \(isLasting ? "down" : "lost"): \(reason)"
      case .askAgain(let subscription): "\(subscription.symbol): ask again for \(subscription.channel)"
      default: "\(action)"
      }
    }
    return events + actions + output.requests.map { "request \($0.number) for \($0.place)" }
  }

  private func name(_ market: MarketID) -> String { markets[market].instrument.base }

  private func text(_ size: Quantity, _ price: Quantity) -> String {
    price.isMissing ? "none" : "\(size.exact.map(\.description) ?? "?") @ \(price.exact.map(\.description) ?? "?")"
  }
}
