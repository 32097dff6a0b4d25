/// How a venue's order books are kept.
public struct BookRules: Sendable {
  /// Where a book begins.
  public enum Snapshots: Sendable {
    /// The stream brings one after each subscription; another one costs another subscription.
    case streamed
    /// The session asks for one by `ExchangeSession.snapshotPath`; changes that arrive meanwhile are kept.
    case requested
  }

  public var snapshots: Snapshots
  /// Levels a side that can be relied on.
  public var depth: Int
  public var cut: OrderBook.Cut
  /// The venue has no stream of its own for the best bid and ask: those of a `quotes` subscription come from its book.
  public var giveQuotes: Bool

  /// A snapshot that has not come after so long is asked for again.
  public var snapshotTimeout: Duration
  /// A book whose best bid is not below its best ask for so long is out of step.
  public var crossedLimit = Duration.seconds(1)
  /// A book that was in step for so long has recovered: delays between attempts begin anew after it.
  public var recoveredAfter = Duration.seconds(60)
  /// Between two attempts to get a book into step; the first one is made at once, the next after `firstDelay`, then after
  /// twice as long each time.
  public var firstDelay = Duration.seconds(1)
  public var longestDelay = Duration.seconds(60)
  /// So many attempts in vain are reported as down.
  public var attemptsUntilDown = 5

  public init(
    snapshots: Snapshots = .streamed, depth: Int = 50, cut: OrderBook.Cut = .generous, giveQuotes: Bool = false
  ) {
    self.snapshots = snapshots
    self.depth = depth
    self.cut = cut
    self.giveQuotes = giveQuotes
    // A request may have to wait for its turn, and its failure is told.
    snapshotTimeout = snapshots == .streamed ? .seconds(10) : .seconds(120)
  }
}
