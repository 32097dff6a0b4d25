internal import Logging

/// The core of a run: reads the input log and runs sessions and detectors over it, on one thread, in order.
///
/// It reads no clock and draws no random number for what it computes; its output follows from its input.
struct Pipeline: ~Copyable {
  private let markets: MarketTable
  /// The table's markets as far as they were needed, so that publishing takes no lock.
  private var knownMarkets: [Market] = []
  private var engine: DetectionEngine
  private var links: [SessionLink?] = []
  /// By market number: the connections that its last trade and its last quote came from, −1 for none.
  private var tradeSources: [Int32] = []
  private var quoteSources: [Int32] = []
  /// By connection: which one of it and the one it takes turns with was last reported live, −1 for none.
  private var counting: [Int32] = []
  /// By market number.
  private var filters: [DuplicateFilter] = []
  /// By market number: the price of its last record.
  private var lastPrices: [Double] = []
  private let publishesTrades: Bool
  private let publishesQuotes: Bool
  private let publishesAlerts: Bool
  /// Where what is news is shown; nil where nobody looks.
  private let board: RunBoard?
  /// Prices that are not on it yet.
  private var draft = RunBoard.Draft()
  /// Nil where nobody wants them.
  private let summaries: WindowSummaries?
  private let publishesWindows: Bool
  private let logger: Logger
  private var repeatedLog: RepeatedLog
  private var alerts: [Alert] = []
  private(set) var counts = PipelineCounts()
  /// When there last was data that needed no session.
  private(set) var recordTimes = StreamTimes()
  private var sessionNews: [SessionNews] = []
  private var isDetecting = true

  /// What a session of a live connection wants.
  enum SessionNews {
    case action(ConnectionID, SessionOutput.Action)
    case error(ConnectionID, SessionError)
  }

  /// `publishes`: the kinds of records that some sink takes.
  init(
    detectors: [any Detector], fees: FeeSchedule, markets: MarketTable, publishes: Set<Record.Kind>,
    board: RunBoard? = nil, logger: Logger
  ) {
    publishesWindows = publishes.contains(.window)
    let summaries = publishesWindows || board != nil ? WindowSummaries() : nil
    self.summaries = summaries
    self.engine = DetectionEngine(
      detectors: detectors.map { $0.makeDetector(fees: fees, summaries: summaries) }, markets: markets)
    self.markets = markets
    publishesTrades = publishes.contains(.trade)
    publishesQuotes = publishes.contains(.quote)
    publishesAlerts = publishes.contains(.alert)
    self.board = board
    self.logger = logger
    self.repeatedLog = RepeatedLog(logger)
  }

  /// Processes events `range` of the batch and appends what sinks shall get.
  mutating func process(_ batch: InputBatch, _ range: Range<Int>, log: InputLog, into records: inout [Record]) {
    let first = counts.events
    counts.events += UInt64(range.count)
    var place = range.lowerBound
    while place < range.upperBound {
      switch batch.events[place] {
      case .record(let event):
        counts.records += 1
        recordTimes.note(event)
        engine.position = first &+ UInt64(place - range.lowerBound)
        publish(event, source: -1, &records)
        place += 1
      case .frame(let connection, _, _):
        let end = batch.endOfFrames(of: connection, from: place, to: range.upperBound)
        let link = link(connection, log)
        link.receive(batch, place..<end)
        drain(link, connection, &records)
        place = end
      case let event:
        processRare(event, batch, log, &records)
        place += 1
      }
    }
  }

  /// What sessions of live connections have said since the last call.
  mutating func takeSessionNews() -> [SessionNews] {
    if sessionNews.isEmpty { return [] }
    defer { sessionNews = [] }
    return sessionNews
  }

  /// Has a live connection's session ask for streams again; what it wants to send is session news.
  mutating func subscribe(_ connection: ConnectionID, _ subscriptions: [Subscription], _ log: InputLog) {
    let link = link(connection, log)
    link.subscribe(subscriptions)
    takeNews(of: link, connection)
  }

  /// The same for giving them up.
  mutating func unsubscribe(_ connection: ConnectionID, _ subscriptions: [Subscription], _ log: InputLog) {
    let link = link(connection, log)
    link.unsubscribe(subscriptions)
    takeNews(of: link, connection)
  }

  /// Puts the last prices on the board. Behind each batch.
  mutating func show() { board?.add(&draft) }

  /// The input has ended: everything open fires.
  mutating func finish(into records: inout [Record]) {
    engine.finish(&alerts)
    takeFindings(&records)
  }

  /// The run is being stopped: what still happens is counted, but fires no window. Open ones are incomplete.
  mutating func endDetection() { isDetecting = false }

  // MARK: Events

  private mutating func processRare(
    _ event: InputEvent, _ batch: InputBatch, _ log: InputLog, _ records: inout [Record]
  ) {
    let time = event.receiveTime
    switch event {
    case .record, .frame: break
    case .binaryFrame(let connection, let byteCount, _):
      let link = link(connection, log)
      link.binaryFrame(byteCount: byteCount, at: time)
      drain(link, connection, &records)
    case .connected(let connection, _):
      let link = link(connection, log)
      link.connected(at: time)
      logger.info("\(link.venue) connection \(link.number): connected")
      drain(link, connection, &records)
      publish(.clock(time), source: -1, &records)
    case .disconnected(let connection, let reason, _):
      let link = link(connection, log)
      link.disconnected()
      release(connection)
      logger.info("\(link.venue) connection \(link.number): disconnected: \(batch.text(reason).printable)")
      withdrawAll(of: connection, at: time, &records)
    case .status(let connection, let market, let channel, let state, let reason, _):
      let link = link(connection, log)
      link.noteStatus()
      let stream = channel.map { "\($0.rawValue) of " } ?? ""
      let what = market.map { "\(stream)\(markets[$0].instrument)" } ?? "connection \(link.number)"
      let why = reason.count == 0 ? "" : ": \(batch.text(reason).printable)"
      logger.log(level: state.level, "\(link.venue) \(what): \(state.rawValue)\(why)")
      if !state.withdrawsMarkets {
        if state == .live, market == nil { takeOver(connection) }
        publish(.clock(time), source: -1, &records)
      } else if let market {
        withdraw(market, channel, of: link, at: time, &records)
      } else {
        if state == .down { release(connection) }
        withdrawAll(of: connection, at: time, &records)
      }
    case .response(let connection, let request, let status, let body, _):
      let link = link(connection, log)
      let bytes = batch.bytes.extracting(body.start..<body.start + body.count)
      link.response(request, status: status, bytes, at: time)
      drain(link, connection, &records)
      publish(.clock(time), source: -1, &records)
    case .tick:
      for (number, link) in links.enumerated() {
        guard let link else { continue }
        link.tick(at: time)
        drain(link, ConnectionID(index: Int32(number)), &records)
      }
      publish(.clock(time), source: -1, &records)
    case .alert(let text, _): takeAlert(batch.bytes.extracting(text.start..<text.start + text.count), &records)
    case .released(let market, _): engine.release(market)
    case .resumed(let detector, let firedUntil, _):
      engine.resume(detector: batch.text(detector), firedUntil: firedUntil, at: time)
    case .rebuilt(let detector, _):
      engine.rebuilt(detector: batch.text(detector), &alerts)
      takeFindings(&records)
    }
  }

  /// An alert that another run has found goes the way of our own.
  private mutating func takeAlert(_ text: RawSpan, _ records: inout [Record]) {
    do throws(LineError) {
      let alert = try AlertDecoder.decode(text)
      counts.alerts += 1
      board?.note([alert])
      if publishesAlerts { records.append(.alert(alert)) }
    } catch {
      repeatedLog.warn("alert") { "an alert of another run cannot be read: \(error)" }
    }
  }

  /// A stream of the market, or all of them, is no longer to be trusted.
  private mutating func withdraw(
    _ market: MarketID, _ channel: Channel?, of link: SessionLink, at time: Timestamp, _ records: inout [Record]
  ) {
    if let channel, link.withdrawn(with: channel, of: market) == nil {
      publish(.clock(time), source: -1, &records)
    } else {
      let concerned = channel.flatMap { link.withdrawn(with: $0, of: market) }
      publish(.withdrawn(market, channel: concerned, at: time), source: -1, &records)
    }
  }

  /// Everything that came over the connection last is idle from here on.
  private mutating func withdrawAll(of connection: ConnectionID, at time: Timestamp, _ records: inout [Record]) {
    publish(.clock(time), source: -1, &records)
    for market in tradeSources.indices {
      let number = MarketID(index: Int32(market))
      if tradeSources[market] == connection.index {
        publish(.withdrawn(number, channel: .trades, at: time), source: -1, &records)
      }
      if quoteSources[market] == connection.index {
        publish(.withdrawn(number, channel: .quotes, at: time), source: -1, &records)
      }
    }
  }

  /// The connection's data counts from here on, and no longer that of the one it takes turns with: what that brought last
  /// is its own now, so that the other's end withdraws none of it.
  private mutating func takeOver(_ connection: ConnectionID) {
    let index = connection.index
    counting[Int(index)] = index
    guard let other = partner(of: Int(index)) else { return }
    counting[other] = index
    for market in tradeSources.indices {
      if tradeSources[market] == Int32(other) { tradeSources[market] = index }
      if quoteSources[market] == Int32(other) { quoteSources[market] = index }
    }
  }

  /// The connection is no more.
  private mutating func release(_ connection: ConnectionID) {
    let index = Int(connection.index)
    guard counting[index] == connection.index else { return }
    counting[index] = -1
    if let other = partner(of: index) { counting[other] = -1 }
  }

  /// The connection that takes turns with this one: of a venue's connections, an even number and the odd one after it.
  private func partner(of index: Int) -> Int? {
    guard let link = links[index] else { return nil }
    let partners = links.indices.filter { links[$0]?.venue == link.venue && links[$0]?.number == link.number ^ 1 }
    return partners.min { abs($0 - index) < abs($1 - index) }
  }

  /// Detects on what the session emitted, then sees to what else it wants.
  private mutating func drain(_ link: SessionLink, _ connection: ConnectionID, _ records: inout [Record]) {
    let counting = counting[Int(connection.index)]
    let isCounting = counting < 0 || counting == connection.index
    let source = isCounting ? connection.index : counting
    link.lag.addLags(of: link.output.events)
    for event in link.output.events {
      link.output.buffer.times.note(event)
      if isRepetition(event, isCounting: isCounting) {
        if case .withdrawn = event {} else { link.noteDuplicate() }
        publish(.clock(event.receiveTime), source: -1, &records)
      } else {
        publish(event, source: source, &records)
      }
    }
    link.output.removeEvents()
    if link.hasNews { takeNews(of: link, connection) }
  }

  private mutating func takeNews(of link: SessionLink, _ connection: ConnectionID) {
    let (actions, errors) = link.takeNews()
    if link.isLive {
      for action in actions { sessionNews.append(.action(connection, action)) }
      for error in errors where error.remedy != .skip { sessionNews.append(.error(connection, error)) }
    }
    for error in errors {
      repeatedLog.warn("\(link.venue) \(error.reason)") {
        "\(link.venue): skipped: \(error)\(link.isLive ? "" : error.remedy.consequence)"
      }
    }
    for action in actions { report(action, link) }
  }

  private mutating func report(_ action: SessionOutput.Action, _ link: SessionLink) {
    switch action {
    case .send, .acknowledged, .fetch, .askAgain: break
    case .outOfStep(let subscription, let reason, _):
      // Of a live connection it is a status event.
      guard !link.isLive else { return }
      repeatedLog.warn("\(link.venue) out of step") { "\(link.venue) \(subscription): out of step: \(reason)" }
    case .refused(let subscription, let message):
      logger.error("\(link.venue) refused \(subscription): \(message.printable)")
    case .venueError(let message):
      repeatedLog.warn("\(link.venue) error") { "\(link.venue) reports an error: \(message.printable)" }
    case .missing(let market, let count):
      repeatedLog.warn("\(link.venue) missing") {
        "\(markets[market]): \(count) trades did not arrive"
      }
    case .closing:
      logger.info("\(link.venue) connection \(link.number): the venue announces that it will close")
    }
  }

  // MARK: Detection

  /// Whether another connection, or the same one before a reconnect, has brought this already. Quotes have no ids: while
  /// two connections bring them, those of one count, for the other's may be older.
  @inline(__always)
  private mutating func isRepetition(_ event: MarketEvent, isCounting: Bool) -> Bool {
    switch event {
    case .trade(let trade):
      let index = Int(trade.market.index)
      if index >= lastPrices.count { makeRoom(for: index) }
      return filters[index].isRepetition(trade.id, at: trade.eventTime)
    case .quote, .withdrawn: return !isCounting
    case .clock: return false
    }
  }

  @inline(__always)
  private mutating func publish(_ event: MarketEvent, source: Int32, _ records: inout [Record]) {
    switch event {
    case .trade(let trade):
      counts.trades += 1
      note(trade.market, price: trade.price.value)
      tradeSources[Int(trade.market.index)] = source
      if board != nil { draft.note(trade) }
      if publishesTrades { append(trade, &records) }
    case .quote(let quote):
      counts.quotes += 1
      note(quote.market, price: (quote.bid.value + quote.ask.value) / 2)
      quoteSources[Int(quote.market.index)] = source
      if board != nil { draft.note(quote) }
      if publishesQuotes { append(quote, &records) }
    case .withdrawn, .clock: break
    }
    if isDetecting { engine.process(event, &alerts) }
    if !alerts.isEmpty || summaries?.isEmpty == false { takeFindings(&records) }
  }

  @inline(__always)
  private mutating func note(_ market: MarketID, price: Double) {
    let index = Int(market.index)
    if index >= lastPrices.count { makeRoom(for: index) }
    lastPrices[index] = price
  }

  private mutating func makeRoom(for index: Int) {
    let missing = index + 1 - lastPrices.count
    tradeSources.append(contentsOf: repeatElement(-1, count: missing))
    quoteSources.append(contentsOf: repeatElement(-1, count: missing))
    filters.append(contentsOf: repeatElement(DuplicateFilter(), count: missing))
    lastPrices.append(contentsOf: repeatElement(.nan, count: missing))
  }

  /// Records are published digit for digit or not at all.
  private mutating func append(_ trade: Trade, _ records: inout [Record]) {
    guard trade.price.exact != nil, trade.size.exact != nil else {
      counts.unpublished += 1
      return
    }
    records.append(.trade(trade, market(trade.market)))
  }

  private mutating func append(_ quote: Quote, _ records: inout [Record]) {
    let isExact = [quote.bid, quote.bidSize, quote.ask, quote.askSize].allSatisfy { $0.isMissing || $0.exact != nil }
    guard isExact else {
      counts.unpublished += 1
      return
    }
    records.append(.quote(quote, market(quote.market)))
  }

  private mutating func market(_ number: MarketID) -> Market {
    let index = Int(number.index)
    if index >= knownMarkets.count { knownMarkets += markets.markets(from: knownMarkets.count) }
    return knownMarkets[index]
  }

  private mutating func takeFindings(_ records: inout [Record]) {
    counts.alerts += UInt64(alerts.count)
    if !alerts.isEmpty { board?.note(alerts) }
    if publishesAlerts { for alert in alerts { records.append(.alert(alert)) } }
    alerts.removeAll(keepingCapacity: true)
    guard let windows = summaries?.take(), !windows.isEmpty else { return }
    board?.note(windows)
    if publishesWindows { for window in windows { records.append(.window(window)) } }
  }

  // MARK: Reports

  mutating func link(_ connection: ConnectionID, _ log: InputLog) -> SessionLink {
    let index = Int(connection.index)
    if index < links.count, let link = links[index] { return link }
    while links.count <= index {
      links.append(nil)
      counting.append(-1)
    }
    let description = log.connection(connection)
    let link: SessionLink
    if let adapter = description.adapter {
      link = adapter.makeLink(number: description.number, plan: description.plan, markets: markets)
    } else {
      repeatedLog.warn("no adapter") {
        "frames of \(description.venue) are ignored: no adapter of this source is for that venue"
      }
      link = SessionLink(venue: description.venue, number: description.number, isLive: description.isLive)
    }
    links[index] = link
    if let other = partner(of: index) { counting[index] = counting[other] }
    return link
  }

  /// The state of the run. `elapsed` is the caller's: this thread knows no time.
  func statusReport(elapsed: Duration, isFinal: Bool) -> StatusReport {
    let detectors = engine.counts.map(\.counts)
    let prices = lastPrices.enumerated().compactMap { index, price in
      price.isFinite ? StatusReport.LastPrice(market: markets[MarketID(index: Int32(index))], price: price) : nil
    }
    return StatusReport(
      elapsed: elapsed, events: counts.events, alerts: counts.alerts, late: detectors.reduce(0) { $0 + $1.late },
      rejected: detectors.reduce(0) { $0 + $1.rejected },
      lastPrices: prices.sorted { ($0.market.instrument, $0.market.venue) < ($1.market.instrument, $1.market.venue) },
      isFinal: isFinal)
  }

  /// Of the connections that something has come over.
  var sessionLinks: [SessionLink] { links.compactMap { $0 } }
  var detectorSnapshots: [DetectorSnapshot] { engine.snapshots }
  var clock: Timestamp { engine.clockTime }
  func name(of market: MarketID) -> Market { markets[market] }

  var detectorCounts: [(name: String, counts: DetectorCounts)] { engine.counts }
  var openWindows: Int { engine.openWindows }
  var firstNeeded: InputPlace? { engine.firstNeeded }
  var progress: [DetectorProgress] { engine.progress }
  var heardVenues: [Set<String>] { engine.heardVenues }

  /// By venue, summed over its connections.
  var venueCounts: [String: VenueCounts] {
    var venues: [String: VenueCounts] = [:]
    for case let link? in links { venues[link.venue, default: VenueCounts()].add(link.counts) }
    return venues
  }
}

/// What has gone through a pipeline.
public struct PipelineCounts: Sendable, Equatable {
  /// Events of the input log.
  public var events: UInt64 = 0
  /// Of those, records that needed no session.
  public var records: UInt64 = 0
  public var trades: UInt64 = 0
  public var quotes: UInt64 = 0
  public var alerts: UInt64 = 0
  /// Trades and quotes that no sink got because their digits could not be kept.
  public var unpublished: UInt64 = 0

  public init() {}
}

extension InputBatch {
  /// The end of the run of frames of one connection that begins at `start`.
  fileprivate func endOfFrames(of connection: ConnectionID, from start: Int, to limit: Int) -> Int {
    var end = start + 1
    while end < limit, case .frame(let other, _, _) = events[end], other == connection { end += 1 }
    return end
  }
}

extension SessionError.Remedy {
  /// What the log adds. Where events are read back there is no connection to act on: what was done about it then stands
  /// further down in the capture.
  fileprivate var consequence: String {
    switch self {
    case .skip: ""
    case .resubscribe: "; the streams concerned are no longer to be trusted"
    case .reconnect: "; the connection is no longer to be trusted"
    case .stop: "; the session wants to stop for good"
    }
  }
}

extension VenueStatus.State {
  fileprivate var level: Logger.Level {
    switch self {
    case .connecting: .info
    case .live: .notice
    case .stale, .resynchronising, .down: .warning
    }
  }
}
