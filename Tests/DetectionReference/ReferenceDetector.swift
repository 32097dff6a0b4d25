/// One detector: its clock, its markets, its windows. Times are in microseconds.
struct ReferenceDetector {
  /// What is known of a market since its first record.
  struct MarketState {
    var largestEventTime: Int
    var clockAfterLastRecord: Int
    var reportedStale = false
    // Only wrong readings look at these.
    var lastEventTime: Int
    var lastReceiveTime: Int
  }

  struct OpenWindow {
    let start: Int
    var records: [AcceptedRecord] = []
  }

  let settings: DetectorSettings
  let fees: [String: Double]
  let mutation: Mutation?

  private(set) var counts = ReferenceCounts()
  /// Nil before the first arrival.
  private(set) var clock: Int?
  private var receiveTime = 0
  /// Nil before the first market.
  private var watermark: Int?
  private var markets: [Market: MarketState] = [:]
  /// In order of opening.
  private var windows: [OpenWindow] = []
  /// Only a wrong reading looks at them.
  private var firedStarts: Set<Int> = []

  init(settings: DetectorSettings, fees: [String: Double], mutation: Mutation?) {
    self.settings = settings
    self.fees = fees
    self.mutation = mutation
  }

  var openStarts: [Int] { windows.map(\.start) }
}

// MARK: - The order of work for one arrival

extension ReferenceDetector {
  /// First every arrival moves the clock, which may make markets idle and so fire windows.
  mutating func moveClock(_ event: ReferenceEvent) -> [ReferenceAlert] {
    switch mutation {
    case .clockIgnoresOtherMarkets where !isMember(event.market): return []
    case .clockIgnoresOtherInput where isMember(event.market) && !isInput(event): return []
    case .clockIgnoresRejected where isMember(event.market) && isInput(event) && accept(event) == nil:
      return []
    case .staleDoesNotMoveClock where event.isStale: return []
    default: break
    }
    receiveTime = event.receiveTime
    clock = mutation == .clockGoesBack ? receiveTime : max(clock ?? receiveTime, receiveTime)
    return mutation == .clockFiresNothing ? [] : fireDueWindows()
  }

  /// Then a record of a member market is rejected, or goes into its window or is late, and moves its
  /// market's watermark, which may fire windows.
  mutating func read(_ event: ReferenceEvent) -> [ReferenceAlert] {
    if event.isStale { return becomeIdle(event.market) }

    guard isMember(event.market), isInput(event) else {
      noteOtherRecord(event)
      return []
    }
    guard let record = accept(event) else {
      noteRejected(event)
      return []
    }

    var alerts: [ReferenceAlert] = []
    if mutation == .watermarkMovesBeforePlacing {
      noteSignOfLife(event, isLate: false)
      alerts += fireDueWindows()
    }
    let start = windowStart(of: event.eventTime)
    let isLate = isLate(event, windowStart: start)
    if isLate, mutation != .lateNotCounted { counts.late += 1 }
    if !isLate || mutation == .lateGoesIntoWindow {
      put(record, intoWindowAt: start)
    }
    noteSignOfLife(event, isLate: isLate)
    return alerts + fireDueWindows()
  }

  /// At the end of the input everything open fires.
  mutating func fireEverythingOpen() -> [ReferenceAlert] {
    let starts = mutation == .windowsFireInOrderOfOpening ? openStarts : openStarts.sorted()
    return starts.flatMap { fire($0) }
  }

  private func isInput(_ event: ReferenceEvent) -> Bool {
    switch settings.input {
    case .trades: event.isTrade
    case .quotes: event.isQuote
    }
  }

  private func isMember(_ market: Market) -> Bool {
    if mutation == .venueWithoutFeeLeftOut, fees[market.venue] == nil { return false }
    return switch settings.kind {
    case .spread: isSpreadMember(market)
    case .cycle: isCycleMember(market)
    }
  }
}

// MARK: - Markets

extension ReferenceDetector {
  private mutating func noteSignOfLife(_ event: ReferenceEvent, isLate: Bool) {
    guard let clock else { return }
    guard var state = markets[event.market] else {
      if isLate && mutation == .lateDoesNotStartMarket { return }
      markets[event.market] = MarketState(
        largestEventTime: event.eventTime, clockAfterLastRecord: clock,
        lastEventTime: event.eventTime, lastReceiveTime: event.receiveTime)
      return
    }
    if isIdle(event.market), mutation == .returningMarketStartsAnew {
      state.largestEventTime = event.eventTime
    }
    state.largestEventTime = max(state.largestEventTime, event.eventTime)
    state.lastEventTime = event.eventTime
    if !(isLate && mutation == .lateNotSignOfLife) {
      state.clockAfterLastRecord = clock
      state.lastReceiveTime = event.receiveTime
    }
    if mutation != .staleLastsForever && !(isLate && mutation == .lateDoesNotEndStale) {
      state.reportedStale = false
    }
    markets[event.market] = state
  }

  private mutating func becomeIdle(_ market: Market) -> [ReferenceAlert] {
    switch mutation {
    case .staleIgnored: return []
    case .staleOnlyWithTimeout where settings.window.idleTimeout == nil: return []
    case .staleForgetsMarket: markets[market] = nil
    case .staleHitsWholeVenue:
      for other in markets.keys where other.venue == market.venue { markets[other]?.reportedStale = true }
    default: markets[market]?.reportedStale = true
    }
    return mutation == .staleFiresNothing ? [] : fireDueWindows()
  }

  /// A rejected record is counted and does nothing else.
  private mutating func noteRejected(_ event: ReferenceEvent) {
    if mutation != .rejectedNotCounted && !(mutation == .missingSideNotCounted && event.lacksSide) {
      counts.rejected += 1
    }
    switch mutation {
    case .rejectedIsSignOfLife:
      if let clock { markets[event.market]?.clockAfterLastRecord = clock }
    case .rejectedMovesWatermark:
      if let state = markets[event.market] {
        markets[event.market]?.largestEventTime = max(state.largestEventTime, event.eventTime)
      }
    case .rejectedEndsStale:
      markets[event.market]?.reportedStale = false
    default: break
    }
  }

  /// A record of another market or of the other kind does nothing at all.
  private mutating func noteOtherRecord(_ event: ReferenceEvent) {
    switch mutation {
    case .rejectedOfOtherMarketsCounted where isInput(event) && accept(event) == nil: counts.rejected += 1
    case .otherInputIsSignOfLife:
      if let clock { markets[event.market]?.clockAfterLastRecord = clock }
    case .otherInputEndsStale: markets[event.market]?.reportedStale = false
    default: break
    }
  }

  private func isIdle(_ market: Market) -> Bool {
    guard let clock, let state = markets[market] else { return false }
    if state.reportedStale { return true }
    var timeout = settings.window.idleTimeout
    if mutation == .idleTimeoutIgnored { timeout = nil }
    if mutation == .neverReadAsDefault { timeout = timeout ?? 10_000_000 }
    guard let timeout else { return false }
    switch mutation {
    case .idleOnBorder: return clock - state.clockAfterLastRecord >= timeout
    case .idleFromEventTime: return clock - state.largestEventTime > timeout
    case .idleFromReceiveTime: return clock - state.lastReceiveTime > timeout
    default: return clock - state.clockAfterLastRecord > timeout
    }
  }
}

// MARK: - The watermark

extension ReferenceDetector {
  private func watermark(of market: Market) -> Int? {
    guard let state = markets[market] else { return nil }
    let eventTime =
      mutation == .watermarkFollowsLatestRecord ? state.lastEventTime : state.largestEventTime
    return eventTime - (mutation == .outOfOrdernessIgnored ? 0 : settings.window.outOfOrderness)
  }

  /// The watermark that the markets give at this moment, whatever it was before.
  private func watermarkNow() -> Int? {
    if mutation == .watermarkOnTimer, !markets.isEmpty {
      return clock.map { $0 - settings.window.outOfOrderness }
    }
    let all = markets.keys.compactMap { watermark(of: $0) }
    let activeMarkets = markets.keys.filter { !isIdle($0) }
    var active = activeMarkets.compactMap { watermark(of: $0) }
    if mutation == .watermarkPerVenue {
      let venues = Dictionary(grouping: activeMarkets, by: \.venue).values
      active = venues.compactMap { $0.compactMap { watermark(of: $0) }.max() }
    }
    var rule = settings.window.watermark
    if mutation == .mergedReadAsPerMarket { rule = .perMarket }
    if mutation == .perMarketReadAsMerged { rule = .merged }
    switch rule {
    case .merged: return all.max()
    case .perMarket where !active.isEmpty: return active.min()
    case .perMarket where mutation == .allIdleTakesSmallest: return all.min()
    case .perMarket where mutation == .allIdleHoldsWatermark: return watermark
    case .perMarket: return all.max()
    }
  }

  /// Judges all markets anew, moves the watermark, and fires what is due.
  private mutating func fireDueWindows() -> [ReferenceAlert] {
    if let now = watermarkNow() {
      watermark = mutation == .watermarkGoesBack ? now : max(watermark ?? now, now)
    }
    let starts = mutation == .windowsFireInOrderOfOpening ? openStarts : openStarts.sorted()
    return starts.filter(isDue).flatMap { fire($0) }
  }
}

// MARK: - Windows

extension ReferenceDetector {
  private func windowStart(of eventTime: Int) -> Int {
    let size = settings.window.size
    var offset = settings.window.offset
    var time = eventTime
    switch mutation {
    case .upperBoundInclusive: time -= 1
    case .offsetIgnored: offset = 0
    case .offsetSubtracted: offset = -offset
    case .startTruncated: return (time - offset) / size * size + offset
    default: break
    }
    return floorDivide(time - offset, size) * size + offset
  }

  private func floorDivide(_ dividend: Int, _ divisor: Int) -> Int {
    let (quotient, remainder) = dividend.quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? quotient - 1 : quotient
  }

  private func isDue(_ start: Int) -> Bool {
    guard let watermark else { return false }
    let end = start + settings.window.size
    return switch mutation {
    case .firesAtEnd: watermark >= end
    case .firesOneMicrosecondBeforeEnd: watermark >= end - 1
    case .firesBeyondLastMillisecond: watermark > end - 1_000
    default: watermark >= end - 1_000
    }
  }

  private func isLate(_ event: ReferenceEvent, windowStart: Int) -> Bool {
    switch mutation {
    case .emptyWindowStaysOpen: firedStarts.contains(windowStart)
    case .olderThanWatermarkIsLate: watermark.map { event.eventTime < $0 } ?? false
    default: isDue(windowStart)
    }
  }

  private mutating func put(_ record: AcceptedRecord, intoWindowAt start: Int) {
    if let index = windows.firstIndex(where: { $0.start == start }) {
      windows[index].records.append(record)
    } else {
      windows.append(OpenWindow(start: start, records: [record]))
    }
  }

  /// Closes the window at `start`, if it is open, and looks for alerts in it.
  mutating func fire(_ start: Int) -> [ReferenceAlert] {
    guard let index = windows.firstIndex(where: { $0.start == start }), let clock else { return [] }
    let window = windows.remove(at: index)
    firedStarts.insert(start)

    let prices = marketPrices(window.records)
    if !prices.isEmpty || mutation != .windowWithoutPricesNotCounted { counts.windows += 1 }
    let findings =
      switch settings.kind {
      case .spread: spreads(prices)
      case .cycle: cycles(prices)
      }
    let end = start + settings.window.size
    let alerts = emitted(findings).map { finding in
      let idLegs = mutation == .idWithoutSides ? finding.legs.map { $0.with(side: "") } : finding.legs
      let detectedAt =
        switch mutation {
        case .detectedAtReceiveTime: receiveTime
        case .detectedAtWindowEnd: end
        default: clock
        }
      return ReferenceAlert(
        id: ReferenceAlert.id(detector: settings.name, windowStart: start, windowEnd: end, legs: idLegs),
        detector: settings.name, type: settings.kind.rawValue, windowStart: start, windowEnd: end,
        legs: finding.legs, spread: finding.spread, grossBps: finding.grossBps, netBps: finding.netBps,
        detectedAt: detectedAt)
    }
    counts.alerts += alerts.count
    return alerts
  }
}

extension ReferenceAlert.Leg {
  func with(side: String) -> Self {
    Self(side: side, venue: venue, instrument: instrument, price: price, feeBps: feeBps)
  }
}
