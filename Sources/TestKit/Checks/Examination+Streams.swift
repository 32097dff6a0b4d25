@_spi(Fuzzing) internal import ArbdFramework

/// Asking for streams, and what the venue says to it.
extension Examination {
  func checkSubscriptions() throws(Finding) -> String {
    let all = messages(of: subscriptions)
    guard !all.isEmpty else { throw .unknown("nothing is sent after connecting") }
    for subscription in subscriptions {
      let alone = messages(of: [subscription]).joined(separator: "\n")
      let count = FrameText.count(subscription.symbol, in: alone)
      guard count == 1 else {
        throw .wrong("alone, \(subscription) is named \(count) times as \(subscription.symbol): \(excerpt(alone))")
      }
      for other in subscriptions where other.symbol != subscription.symbol {
        guard FrameText.count(other.symbol, in: alone) == 0 else {
          throw .wrong("asking for \(subscription) alone names \(other.symbol) too: \(excerpt(alone))")
        }
      }
      let channels = subscriptions.count { $0.symbol == subscription.symbol }
      let together = all.reduce(0) { $0 + FrameText.count(subscription.symbol, in: $1) }
      guard (1...channels).contains(together) else {
        throw .wrong("together, \(subscription.symbol) is named \(together) times for \(channels) channels")
      }
    }
    try checkLimits(messages: all.count)
    return "each of \(subscriptions.count) streams is asked for once, in \(all.count) messages"
  }

  private func checkLimits(messages: Int) throws(Finding) {
    guard venue.streamsPerConnection > 0 else { throw .wrong("no stream is allowed on a connection") }
    let limits = venue.attemptLimits + venue.messageLimits + venue.requestLimits
    guard limits.allSatisfy({ $0.count > 0 && $0.window > .zero }) else {
      throw .wrong("a limit that lets nothing through")
    }
    for channel in Channel.allCases where venue.feeds[channel] != nil {
      guard venue.staleAfter[channel] > .zero else { throw .wrong("\(channel.rawValue) are stale at once") }
    }
    guard let least = venue.messageLimits.map(\.count).min(), let remake = wishes.remake else { return }
    let names = (0..<min(venue.streamsPerConnection, 200)).map { "AA\($0)X" }
    let many = names.map { Instrument(base: $0, quote: "USD") }
    guard let adapter = try? remake(many) else { return }
    let table = MarketTable()
    let streams = Array(adapter.subscriptions(in: table).prefix(venue.streamsPerConnection))
    let trial = SessionTrial(adapter, plan: ConnectionPlan(subscriptions: streams), markets: table)
    let count = trial.connect(at: Timestamp(microseconds: 0)).messages.count
    guard count <= least else {
      throw .wrong("\(count) messages for \(streams.count) streams, where the venue allows \(least) at a time")
    }
  }

  private func messages(of subscriptions: [Subscription]) -> [String] {
    SessionTrial(adapter, plan: ConnectionPlan(subscriptions: subscriptions), markets: markets)
      .connect(at: Timestamp(microseconds: 0)).messages
  }

  private func excerpt(_ text: String) -> String { FrameText.excerpt(Array(text.utf8)) }

  func checkAcknowledgements() throws(Finding) -> String {
    var acknowledged: Set<Subscription> = []
    for played in outcomes {
      for case .acknowledged(let subscription) in played.step.actions { acknowledged.insert(subscription) }
    }
    let missing = subscriptions.filter { !acknowledged.contains($0) }
    if let first = missing.first {
      throw .wrong("\(missing.count) of \(subscriptions.count) streams are never acknowledged, such as \(first)")
    }
    return "\(acknowledged.count) streams"
  }

  func checkRefusals() throws(Finding) -> String {
    let count = outcomes.reduce(0) { count, played in
      count
        + played.step.actions.count {
          switch $0 {
          case .refused, .venueError: true
          default: false
          }
        }
    }
    guard count > 0 else { throw .unknown("the recording holds none") }
    return "\(count)"
  }

  func checkSymbols() throws(Finding) -> String {
    do throws(OptionError) { try adapter.checkSymbols() } catch { throw .wrong("\(error)") }
    guard let remake = wishes.remake else { throw .unknown("it needs the adapter for other instruments (remake)") }
    let names = wishes.symbolInstruments
    let instruments = names.compactMap { Instrument($0) }
    let other: any ExchangeAdapter
    do { other = try remake(instruments) } catch { throw .wrong("it cannot be made for \(names): \(error)") }
    do throws(OptionError) { try other.checkSymbols() } catch { throw .wrong("\(error)") }
    var count = 0
    for played in outcomes {
      guard let frame = played.entry.frame, let trade = played.step.trades.first,
        played.step.trades.allSatisfy({ $0.market == trade.market }),
        let symbol = subscriptions.first(where: { $0.market == trade.market })?.symbol
      else { continue }
      for instrument in instruments {
        try checkSymbol(of: instrument, other, in: frame, instead: symbol, played.entry)
      }
      count += 1
      if count == 3 { break }
    }
    guard count > 0 else { throw .unknown("the recording holds no trade to put other symbols into") }
    return "\(instruments.count) instruments of all lengths come back as themselves"
  }

  private func checkSymbol(
    of instrument: Instrument, _ other: any ExchangeAdapter, in frame: [UInt8], instead symbol: String,
    _ entry: Recording.Entry
  ) throws(Finding) {
    let table = MarketTable()
    let streams = other.subscriptions(in: table)
    let new = other.symbol(for: instrument)
    var text = String(decoding: frame, as: UTF8.self)
    for (old, new) in [(symbol, new), (symbol.lowercased(), new.lowercased())] {
      text = text.split(separator: old, omittingEmptySubsequences: false).joined(separator: new)
    }
    let trial = SessionTrial(other, plan: ConnectionPlan(subscriptions: streams), markets: table)
    _ = trial.connect(at: entry.time)
    let bytes = Array(text.utf8)
    let step = trial.receive(bytes.span.bytes, at: entry.time)
    let market = table.intern(Market(venue: venue.id, instrument: instrument))
    guard !step.trades.isEmpty, step.trades.allSatisfy({ $0.market == market }) else {
      let found = step.trades.first.map { "\(table[$0.market])" } ?? step.errors.first.map { "\($0)" } ?? "nothing"
      throw .wrong("\(instrument) is asked for as \(new), and a trade of \(new) gives \(found)", line: entry.line)
    }
  }

  /// What is no data must not look like a sign of life of a stream.
  func checkSilence() throws(Finding) -> String {
    var count = 0
    for entries in recording.connections {
      let trial = trial()
      for entry in entries {
        let (control, newest) = (trial.counts.frames.control, trial.newestData)
        _ = feed(entry, trial)
        guard trial.counts.frames.control > control else { continue }
        count += 1
        if trial.newestData != newest {
          throw .wrong("no data, and feeds the watchdog of a stream", line: entry.line, frame: entry.frame)
        }
      }
    }
    guard count > 0 else { throw .unknown("the recording holds no acknowledgement or heartbeat") }
    return "\(count) acknowledgements and heartbeats feed no watchdog"
  }
}
