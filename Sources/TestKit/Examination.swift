@_spi(Fuzzing) internal import ArbdFramework

/// An adapter, a recording, and what the adapter makes of it.
final class Examination {
  let wishes: AdapterConformance
  let adapter: any ExchangeAdapter
  let markets = MarketTable()
  let subscriptions: [Subscription]
  let recording: Recording
  /// What comes out of the recording as it is, by connection.
  private(set) lazy var baseline: [[Played]] = recording.connections.map { play($0) }

  /// An entry of the recording and what it led to.
  struct Played {
    let entry: Recording.Entry
    let step: SessionTrial.Step
  }

  typealias Check = @Sendable (Examination) throws(Finding) -> String

  static let checks: [(name: String, check: Check)] = [
    ("recording", { (examination) throws(Finding) in try examination.checkRecording() }),
    ("subscriptions", { (examination) throws(Finding) in try examination.checkSubscriptions() }),
    ("acknowledgements", { (examination) throws(Finding) in try examination.checkAcknowledgements() }),
    ("refusals", { (examination) throws(Finding) in try examination.checkRefusals() }),
    ("symbols", { (examination) throws(Finding) in try examination.checkSymbols() }),
    ("expected records", { (examination) throws(Finding) in try examination.checkExpectedRecords() }),
    ("times", { (examination) throws(Finding) in try examination.checkTimes() }),
    ("history", { (examination) throws(Finding) in try examination.checkHistory() }),
    ("decimals", { (examination) throws(Finding) in try examination.checkDecimals() }),
    ("sides", { (examination) throws(Finding) in try examination.checkSides() }),
    ("replay", { (examination) throws(Finding) in try examination.checkReplay() }),
    ("prefixes", { (examination) throws(Finding) in try examination.checkPrefixes() }),
    ("mutations", { (examination) throws(Finding) in try examination.checkMutations() }),
    ("unknown members", { (examination) throws(Finding) in try examination.checkUnknownMembers() }),
    ("unknown messages", { (examination) throws(Finding) in try examination.checkUnknownMessages() }),
    ("silence", { (examination) throws(Finding) in try examination.checkSilence() }),
    ("trade gaps", { (examination) throws(Finding) in try examination.checkTradeGaps() }),
    ("book gaps", { (examination) throws(Finding) in try examination.checkBookGaps() }),
    ("book checksums", { (examination) throws(Finding) in try examination.checkChecksums() }),
    ("books", { (examination) throws(Finding) in try examination.checkBooks() }),
    ("allocations", { (examination) throws(Finding) in try examination.checkAllocations() }),
  ]

  init(_ wishes: AdapterConformance, _ adapter: any ExchangeAdapter, _ recording: Recording) {
    self.wishes = wishes
    self.adapter = adapter
    self.recording = recording
    subscriptions = adapter.subscriptions(in: markets)
  }

  var venue: VenueDescriptor { adapter.venue }

  /// A fresh connection that carries all subscriptions.
  func trial() -> SessionTrial {
    SessionTrial(adapter, plan: ConnectionPlan(subscriptions: subscriptions), markets: markets)
  }

  /// What a fresh connection makes of these. Frames before any `connected` begin connected.
  func play(_ entries: [Recording.Entry], on given: SessionTrial? = nil) -> [Played] {
    let trial = given ?? trial()
    return entries.compactMap { entry in feed(entry, trial).map { Played(entry: entry, step: $0) } }
  }

  /// Nil for a disconnect, which leads to nothing.
  func feed(_ entry: Recording.Entry, _ trial: SessionTrial) -> SessionTrial.Step? {
    switch entry.kind {
    case .connected: return trial.connect(at: entry.time)
    case .disconnected:
      trial.disconnect()
      return nil
    case .frame(let bytes): return trial.receive(bytes.span.bytes, at: entry.time)
    case .response(let request, let status, let body):
      return trial.answer(request, status: status, body.span.bytes, at: entry.time)
    case .tick: return trial.tick(at: entry.time)
    }
  }

  /// One frame of each kind, the first of it, at most `count` kinds.
  func kindsOfFrames(atMost count: Int = 60) -> [(bytes: [UInt8], time: Timestamp, line: Int)] {
    var seen: Set<[UInt8]> = []
    return Array(recording.frames.filter { seen.insert(FrameText($0.bytes).shape).inserted }.prefix(count))
  }

  /// All that came out, in order.
  var outcomes: some Sequence<Played> { baseline.lazy.joined() }

  func name(_ market: MarketID) -> String { "\(markets[market])" }

  func checkRecording() throws(Finding) -> String {
    guard !subscriptions.isEmpty else { throw .wrong("the adapter was asked for nothing") }
    guard !recording.frames.isEmpty else { throw .wrong("it holds no frame of \(venue.id)") }
    for played in outcomes {
      if let error = played.step.errors.first {
        throw .wrong("cannot be read: \(error)", line: played.entry.line, frame: played.entry.frame)
      }
    }
    let (trades, quotes) = outcomes.reduce((0, 0)) { ($0.0 + $1.step.trades.count, $0.1 + $1.step.quotes.count) }
    guard trades + quotes > 0 else { throw .wrong("nothing comes out of \(recording.frames.count) frames") }
    for subscription in subscriptions where !hasData(subscription) {
      throw .wrong("nothing comes of \(subscription); a recording has to hold some of it")
    }
    return
      "\(recording.frames.count) frames, \(kindsOfFrames(atMost: .max).count) kinds, \(trades) trades, \(quotes) quotes"
  }

  private func hasData(_ subscription: Subscription) -> Bool {
    switch subscription.channel {
    case .trades: outcomes.contains { $0.step.trades.contains { $0.market == subscription.market } }
    case .quotes: outcomes.contains { $0.step.quotes.contains { $0.market == subscription.market } }
    case .book:
      recording.connections.contains { entries in
        let trial = trial()
        return entries.contains { entry in
          _ = feed(entry, trial)
          return trial.book(of: subscription.market) != nil
        }
      }
    }
  }
}

extension Recording.Entry {
  var frame: [UInt8]? { if case .frame(let bytes) = kind { bytes } else { nil } }

  func with(frame bytes: [UInt8]) -> Recording.Entry { Recording.Entry(.frame(bytes), at: time, line: line) }
}

extension SessionTrial.Step {
  var quotes: [Quote] { told.compactMap(\.quote) }

  /// The messages that it wants sent.
  var messages: [String] { actions.compactMap { if case .send(let text) = $0 { text } else { nil } } }

  /// Some order book is no longer to be trusted.
  var losesBook: Bool { actions.contains { if case .outOfStep = $0 { true } else { false } } }

  var missesTrades: Bool { actions.contains { if case .missing = $0 { true } else { false } } }

  /// It wants the whole connection to end for good.
  var stops: Bool { errors.contains { $0.remedy == .stop } }
}
