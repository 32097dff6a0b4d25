/// All detectors of a run over one stream of events.
///
/// A pure function of the events in their order. A record reaches only the detectors whose member its market is; the
/// others are touched only when the clock passes a moment at which one of their markets may have become idle.
public struct DetectionEngine: ~Copyable {
  private let markets: MarketTable
  private var detectors: [WindowedDetector]
  private var tradeRoutes = RouteTable()
  private var quoteRoutes = RouteTable()
  /// The largest receive time so far, in microseconds; `Int64.min` before the first event.
  private var clock = Int64.min
  /// By detector: the markets that are its members.
  private var members: [[MarketID]]
  /// The place of the next event in the input.
  var position: UInt64 = 0
  /// The least of the detectors' deadlines, or an earlier moment.
  private var nextDeadline = Int64.max

  init(detectors: [WindowedDetector], markets: MarketTable) {
    self.detectors = detectors
    self.markets = markets
    members = Array(repeating: [], count: detectors.count)
  }

  /// Alerts are appended in the order in which they leave.
  public mutating func process(_ event: MarketEvent, _ alerts: inout [Alert]) {
    let time = event.receiveTime.microseconds
    if time > clock { clock = time }
    switch event {
    case .trade(let trade):
      if trade.market.index >= tradeRoutes.markets { learnMarkets() }
      let routes = tradeRoutes.routes(of: trade.market)
      if clock > nextDeadline { return processAll(event, tradeRoutes, routes, &alerts) }
      for place in routes {
        let route = tradeRoutes[place]
        detectors[route.detector].accept(trade, member: route.member, clock: clock, position: position, &alerts)
        nextDeadline = min(nextDeadline, detectors[route.detector].deadline)
      }
    case .quote(let quote):
      if quote.market.index >= quoteRoutes.markets { learnMarkets() }
      let routes = quoteRoutes.routes(of: quote.market)
      if clock > nextDeadline { return processAll(event, quoteRoutes, routes, &alerts) }
      for place in routes {
        let route = quoteRoutes[place]
        detectors[route.detector].accept(quote, member: route.member, clock: clock, position: position, &alerts)
        nextDeadline = min(nextDeadline, detectors[route.detector].deadline)
      }
    case .withdrawn(let market, let channel, _):
      if market.index >= tradeRoutes.markets { learnMarkets() }
      withdraw(market, channel, &alerts)
    case .clock:
      if clock > nextDeadline { processAll(event, tradeRoutes, 0..<0, &alerts) }
    }
  }

  /// The input has ended: everything open fires, detector by detector.
  public mutating func finish(_ alerts: inout [Alert]) {
    for number in detectors.indices { detectors[number].finish(clock, &alerts) }
  }

  // MARK: Starting over

  /// The records of the market go elsewhere from now on, or begin anew: its detectors forget what they have seen.
  mutating func release(_ market: MarketID) {
    if market.index >= tradeRoutes.markets { learnMarkets() }
    for number in detectors.indices where members[number].contains(market) { detectors[number].reset() }
  }

  /// The detector has fired everything up to this time before, in another run or an earlier one, whose clock stood at
  /// `time` at the first of the records that come again now.
  mutating func resume(detector name: String, firedUntil: Timestamp, at time: Timestamp) {
    clock = max(clock, time.microseconds)
    for number in detectors.indices where detectors[number].settings.name == name {
      detectors[number].resume(firedUntil: firedUntil)
    }
  }

  /// What comes from now on was not read before.
  mutating func rebuilt(detector name: String, _ alerts: inout [Alert]) {
    for number in detectors.indices where detectors[number].settings.name == name {
      detectors[number].rebuilt(clock, &alerts)
      nextDeadline = min(nextDeadline, detectors[number].deadline)
    }
  }

  /// From which place of the input on everything that is open can be built again; nil when nothing is.
  var firstNeeded: InputPlace? { detectors.lazy.compactMap { [clock] in $0.firstNeeded(clock: clock) }.min() }

  /// By detector, in the order of the config.
  var progress: [DetectorProgress] {
    zip(detectors, members).map {
      DetectorProgress(name: $0.settings.name, firedUntil: $0.firedUntil, markets: $1)
    }
  }

  // MARK: Reports

  /// By detector, in the order of the config.
  public var counts: [(name: String, counts: DetectorCounts)] {
    detectors.map { ($0.settings.name, $0.counts) }
  }

  /// By detector, in the order of the config: the venues that have brought it a record that counts.
  var heardVenues: [Set<String>] { detectors.map(\.heardVenues) }

  /// The largest receive time so far.
  var clockTime: Timestamp { Timestamp(microseconds: clock) }

  var snapshots: [DetectorSnapshot] { detectors.map { $0.snapshot(clock: clock) } }

  /// Windows that hold records and have not fired.
  public var openWindows: Int { detectors.reduce(0) { $0 + $1.openWindows } }

  /// Each detector does all its steps before the next begins: the clock, then the event if it is on its route.
  private mutating func processAll(
    _ event: MarketEvent, _ table: RouteTable, _ routes: Range<Int>, _ alerts: inout [Alert]
  ) {
    var next = routes.lowerBound
    nextDeadline = .max
    for number in detectors.indices {
      detectors[number].clockMoved(clock, &alerts)
      if next < routes.upperBound, table[next].detector == number {
        let member = table[next].member
        switch event {
        case .trade(let trade):
          detectors[number].accept(trade, member: member, clock: clock, position: position, &alerts)
        case .quote(let quote):
          detectors[number].accept(quote, member: member, clock: clock, position: position, &alerts)
        case .withdrawn, .clock: break
        }
        next += 1
      }
      nextDeadline = min(nextDeadline, detectors[number].deadline)
    }
  }

  /// The same for a market that is withdrawn, on one channel or all.
  private mutating func withdraw(_ market: MarketID, _ channel: Channel?, _ alerts: inout [Alert]) {
    var routes: [RouteTable.Route] = []
    if channel != .quotes { routes += tradeRoutes.routes(of: market).map { tradeRoutes[$0] } }
    if channel != .trades { routes += quoteRoutes.routes(of: market).map { quoteRoutes[$0] } }
    nextDeadline = .max
    for number in detectors.indices {
      detectors[number].clockMoved(clock, &alerts)
      if let route = routes.first(where: { $0.detector == number }) {
        detectors[number].withdraw(member: route.member, clock: clock, &alerts)
      }
      nextDeadline = min(nextDeadline, detectors[number].deadline)
    }
  }

  /// Asks every detector about the markets that are new since the last call.
  private mutating func learnMarkets() {
    for market in markets.markets(from: tradeRoutes.markets) {
      let id = MarketID(index: Int32(tradeRoutes.markets))
      for number in detectors.indices {
        guard let member = detectors[number].admit(market) else { continue }
        members[number].append(id)
        let route = RouteTable.Route(detector: number, member: member)
        switch detectors[number].settings.input {
        case .trades: tradeRoutes.add(route)
        case .quotes: quoteRoutes.add(route)
        }
      }
      tradeRoutes.endMarket()
      quoteRoutes.endMarket()
    }
  }
}

/// To which detectors the records of each market go, all in one array.
private struct RouteTable {
  /// A market as one detector knows it.
  struct Route {
    let detector: Int
    let member: Int
  }

  private var routes: [Route] = []
  /// By market number: where its routes end, which is where those of the next begin.
  private var ends: [Int] = []

  /// How many markets are in the table.
  var markets: Int { ends.count }

  /// In the order of detectors.
  func routes(of market: MarketID) -> Range<Int> {
    let index = Int(market.index)
    return (index == 0 ? 0 : ends[index - 1])..<ends[index]
  }

  subscript(place: Int) -> Route { routes[place] }

  /// A route of the market behind the last one ended.
  mutating func add(_ route: Route) { routes.append(route) }

  mutating func endMarket() { ends.append(routes.count) }
}
