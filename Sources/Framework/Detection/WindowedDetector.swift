/// A detector at work: its members' windows and watermark, and what it computes when a window fires.
///
/// One thread owns it. Everything here follows from the records in their order: no time is asked for, no timer runs.
struct WindowedDetector {
  let settings: DetectorSettings
  private let type: String
  private let rule: PriceAggregate.Rule
  private let minimumRecords: Int64
  private let maximumClockSkew: Int64
  private let frame: WindowFrame
  private let evaluation: any WindowEvaluation
  private var watermark: Watermark
  private var windows = OpenWindows()
  /// Nil where nobody wants them.
  private let summaries: WindowSummaries?
  /// By member number.
  private var members: [Market] = []
  private var lateRecords: [UInt64] = []
  private var prices: [MemberPrice] = []
  private(set) var counts = DetectorCounts()

  init(
    settings: DetectorSettings, type: String, evaluation: any WindowEvaluation, summaries: WindowSummaries? = nil
  ) {
    self.settings = settings
    self.type = type
    self.summaries = summaries
    self.evaluation = evaluation
    let watermark = settings.window.watermarkSettings
    self.watermark = Watermark(watermark)
    frame = watermark.frame
    rule = settings.rule
    minimumRecords = Int64(settings.minRecords)
    maximumClockSkew = settings.window.maxClockSkew.wholeMicroseconds
  }

  /// Once the clock is past this, `clockMoved` has work.
  var deadline: Int64 { watermark.deadline }
  var openWindows: Int { windows.count }

  func snapshot(clock: Int64) -> DetectorSnapshot {
    let lag = watermark.value(clock: clock).map { Duration.microseconds(clock - $0) }
    return DetectorSnapshot(
      name: settings.name, counts: counts, openWindows: windows.count, watermarkLag: lag,
      lateByVenue: Dictionary(zip(members.map(\.venue), lateRecords), uniquingKeysWith: +))
  }

  /// The venues that have brought a record that counts.
  var heardVenues: Set<String> {
    Set(members.indices.filter { watermark.isSeen(market: $0) }.map { members[$0].venue })
  }

  /// The market's number among the members; nil when it is none.
  mutating func admit(_ market: Market) -> Int? {
    guard evaluation.admit(market) else { return nil }
    watermark.addMarket()
    members.append(market)
    lateRecords.append(0)
    return members.count - 1
  }

  mutating func clockMoved(_ clock: Int64, _ alerts: inout [Alert]) {
    guard clock > watermark.deadline else { return }
    if watermark.clockPassedDeadline(clock) { fireDue(clock, &alerts) }
  }

  // MARK: Starting over

  /// Nothing was seen, as far as the detector knows. What its windows held is forgotten.
  mutating func reset() {
    watermark.reset()
    windows = OpenWindows()
  }

  /// All windows that ended by then have fired already; what is held of them is forgotten. The records of the others come
  /// again now, and fire nothing until `rebuilt`.
  mutating func resume(firedUntil: Timestamp) {
    watermark.resume(lastFired: frame.lastFired(at: firedUntil.microseconds - 1_000))
    while let number = windows.oldest, number <= watermark.lastFired {
      windows.takeOldest(into: &prices, members: 0, rule: rule, minimum: minimumRecords)
    }
  }

  /// All that had been read then has been read again.
  mutating func rebuilt(_ clock: Int64, _ alerts: inout [Alert]) {
    if watermark.rebuilt(clock: clock) { fireDue(clock, &alerts) }
  }

  /// The end of the last window that has fired; nil before the first.
  var firedUntil: Timestamp? {
    watermark.lastFired == .min ? nil : Timestamp(microseconds: frame.end(of: watermark.lastFired))
  }

  /// From this place of the input on, everything that is open can be built again; nil when nothing is needed.
  func firstNeeded(clock: Int64) -> InputPlace? {
    [windows.firstPlace, watermark.firstNeeded(clock: clock)].compactMap { $0 }.min()
  }

  // MARK: Records

  mutating func accept(_ trade: Trade, member: Int, clock: Int64, position: UInt64, _ alerts: inout [Alert]) {
    let price = trade.price.value
    let size = trade.size.value
    accept(
      price, size, isValid: trade.price.isPrice && trade.size.isSize, eventTime: trade.eventTime,
      receiveTime: trade.receiveTime, member: member,
      clock: clock, position: position, &alerts)
  }

  mutating func accept(_ quote: Quote, member: Int, clock: Int64, position: UInt64, _ alerts: inout [Alert]) {
    let bid = quote.bid.value
    let ask = quote.ask.value
    let isValid =
      bid > 0 && bid < ask && ask < .infinity && quote.bidSize.isAbsentOrSize && quote.askSize.isAbsentOrSize
    accept(
      bid, ask, isValid: isValid, eventTime: quote.eventTime, receiveTime: quote.receiveTime, member: member,
      clock: clock, position: position, &alerts)
  }

  @inline(__always)
  private mutating func accept(
    _ first: Double, _ second: Double, isValid: Bool, eventTime: Timestamp, receiveTime: Timestamp, member: Int,
    clock: Int64, position: UInt64, _ alerts: inout [Alert]
  ) {
    let time = eventTime.microseconds
    guard isValid, time - receiveTime.microseconds <= maximumClockSkew else {
      counts.rejected += 1
      return
    }
    let number = frame.number(at: time)
    if number <= watermark.lastFired {
      counts.late += 1
      lateRecords[member] += 1
    } else {
      windows.add(
        window: number, member: member, first, second, eventTime: time, rule: rule,
        place: InputPlace(position: position, clock: clock))
    }
    if watermark.record(market: member, eventTime: time, clock: clock, position: position) { fireDue(clock, &alerts) }
  }

  mutating func withdraw(member: Int, clock: Int64, _ alerts: inout [Alert]) {
    if watermark.withdraw(market: member, clock: clock) { fireDue(clock, &alerts) }
  }

  /// The input has ended: everything open fires.
  mutating func finish(_ clock: Int64, _ alerts: inout [Alert]) {
    while let number = windows.oldest { fire(number, clock, &alerts) }
  }

  private mutating func fireDue(_ clock: Int64, _ alerts: inout [Alert]) {
    while let number = windows.oldest, number <= watermark.lastFired { fire(number, clock, &alerts) }
  }

  private mutating func fire(_ number: Int64, _ clock: Int64, _ alerts: inout [Alert]) {
    let records = summaries == nil ? [] : windows.recordsOfOldest
    windows.takeOldest(into: &prices, members: members.count, rule: rule, minimum: minimumRecords)
    counts.windows += 1
    let window = FiredWindow(
      start: Timestamp(microseconds: frame.start(of: number)), end: Timestamp(microseconds: frame.end(of: number)),
      detectedAt: Timestamp(microseconds: clock))
    let before = alerts.count
    if !evaluation.evaluate(window, prices: prices, into: &alerts) { counts.truncated += 1 }
    counts.alerts += UInt64(alerts.count - before)
    if let summaries { summaries.append(summary(of: window, records, alerts: alerts.count - before)) }
  }

  private func summary(
    of window: FiredWindow, _ records: [(member: Int, count: Int64)], alerts: Int
  ) -> WindowSummary {
    let known = records.map { member, count in
      let price = prices[member]
      return WindowSummary.Price(
        market: members[member], records: count, buy: price.isPresent ? price.buy : nil,
        sell: price.isPresent ? price.sell : nil)
    }
    return WindowSummary(
      detector: settings.name, type: type, windowStart: window.start, windowEnd: window.end, alerts: alerts,
      prices: known, routes: evaluation.bestRoutes(WindowSummary.routeLimit, prices: prices),
      detectedAt: window.detectedAt)
  }
}

/// What a detector has done so far.
public struct DetectorCounts: Sendable, Equatable {
  /// Windows that fired with at least one record in them.
  public var windows: UInt64 = 0
  public var alerts: UInt64 = 0
  /// Records whose window had fired.
  public var late: UInt64 = 0
  /// Records with no usable price, size or time.
  public var rejected: UInt64 = 0

  /// Windows with more to look at than is allowed for one, so that alerts may be missing.
  public var truncated: UInt64 = 0

  public init() {}
}

extension Quantity {
  /// Whether this can be the size of a quote's side: not given, or a number that is not negative.
  fileprivate var isAbsentOrSize: Bool { isMissing || isSize }
}
