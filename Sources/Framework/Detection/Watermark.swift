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
    /// The record that has it.
    var maximumPlace = InputPlace()
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
  /// Records come again that were read before.
  private var isRebuilding = false
  /// The last window that has fired, whether or not it held a record; `Int64.min` before the first record.
  private(set) var lastFired = Int64.min
  /// The firing mark of the window after it.
  private var nextMark = Int64.min
  /// Once the clock is past this, a market that holds the mark back may have become idle. Never too late; often too
  /// early, and then moved on.
  private(set) var deadline = Int64.max

  init(_ settings: Settings, markets count: Int = 0) {
    self.settings = settings
    markets = Array(repeating: Market(), count: count)
  }

  /// Whether the market has had a record that counts.
  func isSeen(market number: Int) -> Bool { markets[number].isSeen }

  mutating func addMarket() { markets.append(Market()) }

  /// The market had a record that counts, late or not. True when `lastFired` moved.
  /// `position` is the record's place in the input.
  mutating func record(market number: Int, eventTime: Int64, clock: Int64, position: UInt64 = 0) -> Bool {
    markets[number].isSeen = true
    markets[number].isWithdrawn = false
    markets[number].lastSeen = clock
    if eventTime > markets[number].maximumEventTime {
      markets[number].maximumEventTime = eventTime
      markets[number].maximumPlace = InputPlace(position: position, clock: clock)
    }
    if isRebuilding { return false }
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

  /// Nothing is known any more.
  mutating func reset() {
    self = Watermark(settings, markets: markets.count)
  }

  /// Windows up to this one have fired already, elsewhere or in an earlier run. What led there comes again now, and fires
  /// nothing before `rebuilt`: a market that is not met again until later may still hold back.
  mutating func resume(lastFired number: Int64) {
    lastFired = max(lastFired, number)
    isRebuilding = true
    holding = 0
    deadline = .max
    for place in markets.indices { markets[place].holdsBack = false }
  }

  /// All that was known then is known again. True when `lastFired` moved.
  mutating func rebuilt(clock: Int64) -> Bool {
    isRebuilding = false
    guard lastFired > .min else { return false }
    nextMark = settings.frame.firingMark(of: lastFired + 1)
    if settings.isMerged { return advance(clock: clock) }
    countHolding(clock: clock)
    return holding == 0 && advance(clock: clock)
  }

  /// From this place of the input on, what the markets say now can be found out again; nil when nothing is needed.
  ///
  /// Needed are the markets that are not idle, and the one that decides once all are, if it has anything to fire. A merged
  /// watermark needs nothing: what it has fired is kept, and only a later record can move it on.
  func firstNeeded(clock: Int64) -> InputPlace? {
    guard !settings.isMerged else { return nil }
    let seen = markets.lazy.filter(\.isSeen)
    let awake = seen.filter { !isIdle($0, clock: clock) }.map(\.maximumPlace).min()
    let fastest = seen.max { $0.maximumEventTime < $1.maximumEventTime }
    let waiting = fastest.flatMap { $0.maximumEventTime - settings.outOfOrderness >= nextMark ? $0.maximumPlace : nil }
    return [awake, waiting].compactMap { $0 }.min()
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

/// A record's place in the input, and the clock behind it.
struct InputPlace: Comparable {
  var position: UInt64 = 0
  var clock = Int64.min

  static func < (left: InputPlace, right: InputPlace) -> Bool { left.position < right.position }
}
