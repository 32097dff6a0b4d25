/// The watermark of a detector over its markets, kept so that a record costs the same however many markets there are.
///
/// Only the question "has the next window to fire been reached?" matters. A market that is not idle and whose own
/// watermark is below that window's firing mark holds it back; they are counted. When the count falls to zero, all
/// markets are looked at once, and the mark moves on.
///
/// Times are microseconds.
struct Watermark {
  struct Settings: Sendable {
    let frame: WindowFrame
    let outOfOrderness: Int64
    /// Nil: never idle by silence.
    let idleTimeout: Int64?
    /// One watermark over all markets, idle or not.
    let isMerged: Bool
  }

  private struct Market {
    var maximumEventTime = Int64.min
    /// The clock after its last record.
    var lastSeen = Int64.min
    var isSeen = false
    /// Reported stale, out of step or down since its last record.
    var isWithdrawn = false
    var holdsBack = false
  }

  private let settings: Settings
  private var markets: [Market] = []
  private var holding = 0
  /// The last window that has fired, whether or not it held a record; `Int64.min` before the first record.
  private(set) var lastFired = Int64.min
  /// The firing mark of the window after it.
  private var nextMark = Int64.min
  /// Once the clock is past this, a market that holds the mark back may have become idle. Never too late; often too
  /// early, and then moved on.
  private(set) var deadline = Int64.max

  init(_ settings: Settings) { self.settings = settings }

  /// Whether the market has had a record that counts.
  func isSeen(market number: Int) -> Bool { markets[number].isSeen }

  mutating func addMarket() { markets.append(Market()) }

  /// The market had a record that counts, late or not. True when `lastFired` moved.
  mutating func record(market number: Int, eventTime: Int64, clock: Int64) -> Bool {
    markets[number].isSeen = true
    markets[number].isWithdrawn = false
    markets[number].lastSeen = clock
    if eventTime > markets[number].maximumEventTime { markets[number].maximumEventTime = eventTime }
    let reached = markets[number].maximumEventTime - settings.outOfOrderness >= nextMark
    if settings.isMerged { return reached && advance(clock: clock) }

    if reached == markets[number].holdsBack {
      markets[number].holdsBack = !reached
      holding += reached ? -1 : 1
      if !reached, let idleTimeout = settings.idleTimeout { deadline = min(deadline, clock + idleTimeout) }
    }
    return holding == 0 && advance(clock: clock)
  }

  /// The clock moved past `deadline`. True when `lastFired` moved.
  mutating func clockPassedDeadline(_ clock: Int64) -> Bool {
    deadline = .max
    for number in markets.indices where markets[number].holdsBack {
      if isIdle(markets[number], clock: clock) {
        markets[number].holdsBack = false
        holding -= 1
      } else if let idleTimeout = settings.idleTimeout {
        deadline = min(deadline, markets[number].lastSeen + idleTimeout)
      }
    }
    return holding == 0 && advance(clock: clock)
  }

  /// The market's stream is stale, out of step or down: idle until its next record. True when `lastFired` moved.
  mutating func withdraw(market number: Int, clock: Int64) -> Bool {
    markets[number].isWithdrawn = true
    guard markets[number].holdsBack else { return false }
    markets[number].holdsBack = false
    holding -= 1
    return holding == 0 && advance(clock: clock)
  }

  /// Where it stands by what the markets say now; nil before the first record. `lastFired` keeps it from going back.
  func value(clock: Int64) -> Int64? {
    var slowest = Int64.max
    var fastest = Int64.min
    for market in markets where market.isSeen {
      fastest = max(fastest, market.maximumEventTime)
      if !isIdle(market, clock: clock) { slowest = min(slowest, market.maximumEventTime) }
    }
    guard fastest > .min else { return nil }
    let deciding = settings.isMerged || slowest == .max ? fastest : slowest
    return deciding - settings.outOfOrderness
  }

  private func isIdle(_ market: Market, clock: Int64) -> Bool {
    if market.isWithdrawn { return true }
    guard let idleTimeout = settings.idleTimeout else { return false }
    return clock - market.lastSeen > idleTimeout
  }

  /// Looks at all markets: moves the mark as far as they allow, and counts anew who holds it back.
  private mutating func advance(clock: Int64) -> Bool {
    guard let value = value(clock: clock) else { return false }
    let fired = settings.frame.lastFired(at: value)
    let moved = fired > lastFired
    if moved { lastFired = fired }
    nextMark = settings.frame.firingMark(of: lastFired + 1)
    if !settings.isMerged { countHolding(clock: clock) }
    return moved
  }

  private mutating func countHolding(clock: Int64) {
    holding = 0
    deadline = .max
    for number in markets.indices where markets[number].isSeen {
      let behind = markets[number].maximumEventTime - settings.outOfOrderness < nextMark
      markets[number].holdsBack = behind && !isIdle(markets[number], clock: clock)
      guard markets[number].holdsBack else { continue }
      holding += 1
      if let idleTimeout = settings.idleTimeout {
        deadline = min(deadline, markets[number].lastSeen + idleTimeout)
      }
    }
  }
}
