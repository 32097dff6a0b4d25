/// A connection's link to its session, step by step: for the conformance kit, and for the package in Fuzzing/ as in
/// `Benchmarking.swift`.
@_spi(Fuzzing)
public final class SessionTrial {
  /// What one step led to.
  public struct Step: Equatable, Sendable {
    public let trades: [Trade]
    /// Of quotes, in their order.
    public let told: [Told]
    /// All events, signs that time goes on among them.
    public let eventCount: Int
    public let actions: [SessionOutput.Action]
    public let errors: [SessionError]
    public let duplicates: UInt64
    public let recovered: UInt64
  }

  /// What is known of a market's quote from here on; nil: nothing.
  public struct Told: Equatable, Sendable {
    public let market: MarketID
    public let quote: Quote?
  }

  private let link: SessionLink
  private var batch = InputBatch()

  public init(_ adapter: any ExchangeAdapter, plan: ConnectionPlan, markets: MarketTable) {
    link = adapter.makeLink(number: 0, plan: plan, markets: markets)
  }

  public func connect(at time: Timestamp) -> Step { step { $0.connected(at: time) } }

  public func disconnect() { link.disconnected() }

  public func receive(_ frame: RawSpan, at time: Timestamp) -> Step {
    batch.removeAll()
    batch.append(.frame(ConnectionID(index: 0), batch.store(frame), at: time))
    return step { $0.receive(batch, 0..<1) }
  }

  public func answer(_ number: Int, status: Int, _ body: RawSpan, at time: Timestamp) -> Step {
    link.response(number, status: status, body, at: time)
    return step { _ in }
  }

  public func tick(at time: Timestamp) -> Step { step { $0.tick(at: time) } }

  /// While it is in step.
  public func book(of market: MarketID) -> OrderBook? { link.book(of: market) }

  /// Whether the quotes of a market come from its book.
  public func givesQuotes(of market: MarketID) -> Bool { link.withdrawn(with: .book, of: market) == .quotes }

  /// What has happened so far.
  public var counts: VenueCounts { link.counts }

  /// Of any stream, the latest moment at which there was data; nil before the first.
  public var newestData: Timestamp? { link.streamTimes.known.map(\.time).max() }

  /// Reads all frames of the batch and forgets what came of them. `count` is asked before each run of so many frames.
  public func receive(_ batch: borrowing InputBatch, _ range: Range<Int>) {
    link.receive(batch, range)
    link.output.removeEvents()
  }

  private func step(_ work: (SessionLink) -> Void) -> Step {
    work(link)
    var (trades, told): ([Trade], [Told]) = ([], [])
    for event in link.output.events {
      link.output.buffer.times.note(event)
      switch event {
      case .trade(let trade): trades.append(trade)
      case .quote(let quote): told.append(Told(market: quote.market, quote: quote))
      case .withdrawn(let market, _, _): told.append(Told(market: market, quote: nil))
      case .clock: break
      }
    }
    let count = link.output.events.count
    link.output.removeEvents()
    let before = link.counts
    let news = link.takeNews()
    let after = link.counts
    return Step(
      trades: trades, told: told, eventCount: count, actions: news.actions, errors: news.errors,
      duplicates: after.duplicates - before.duplicates, recovered: after.recovered - before.recovered)
  }
}
