public import ArbdFramework
internal import Logging

/// A venue whose sessions are fed with what a fuzzer makes up.
///
/// What must hold, whatever the frames: a frame that is refused leaves no trace, only market data brings events, one at
/// most for each frame; prices and times are such that detectors can use them; the same frames give the same again.
public struct FuzzedVenue<Adapter: ExchangeAdapter>: Sendable where Adapter.Options == MarketDataOptions {
  private let adapter: Adapter
  private let plan: ConnectionPlan
  private let markets = MarketTable()

  /// Nil when the venue refuses the options.
  public init?(_ instruments: [String], channels: [Channel]) {
    var options = MarketDataOptions()
    options.instruments = instruments.compactMap(Instrument.init)
    options.channels = channels
    let context = PluginContext(
      logger: Logger(label: "fuzz") { _ in SwiftLogNoOpLogHandler() }, name: "fuzz", markets: markets)
    guard let adapter = try? Adapter(options: options, context: context) else { return nil }
    self.adapter = adapter
    plan = ConnectionPlan(subscriptions: adapter.subscriptions(in: markets))
  }

  /// Feeds the frames to two sessions.
  public func feed(_ input: RawSpan) {
    let frames = Frames(input)
    require(run(frames, input) == run(frames, input), "two sessions disagree")
  }

  private func run(_ frames: Frames, _ input: RawSpan) -> Transcript {
    var session = adapter.makeSession(for: plan)
    var output = SessionOutput()
    session.connected(at: Timestamp(microseconds: 0), &output)
    var transcript = Transcript()
    for (number, range) in frames.ranges.enumerated() {
      let frame = input.extracting(range)
      let time = Timestamp(microseconds: Int64(number + 1) * 1_000_000)
      let before = Mark(output)
      do throws(SessionError) {
        let kind = try session.receive(frame, at: time, &output)
        require(frame.syntaxError == nil, "a broken frame was read")
        require(output.events.count <= before.events + (kind == .data ? 1 : 0), "more events than there can be")
        transcript.outcomes.append(.read(kind))
      } catch {
        require(Mark(output) == before, "a refused frame left a trace")
        require((0...frame.byteCount).contains(error.offset ?? 0), "an error outside the frame")
        transcript.outcomes.append(.refused(error))
      }
      for event in output.events[before.events...] { check(event, receivedAt: time, &transcript) }
    }
    for case .missing(let market, let count) in output.actions {
      require(count > 0 && (0..<markets.count).contains(Int(market.index)), "nothing is missing")
    }
    transcript.actions = output.actions
    transcript.duplicates = output.duplicates
    transcript.recovered = output.recovered
    return transcript
  }

  private func check(_ event: MarketEvent, receivedAt time: Timestamp, _ transcript: inout Transcript) {
    switch event {
    case .trade(let trade):
      require(plan.carries(trade.market, .trades), "a trade of a market that was not asked for")
      require(trade.price.isPrice && (trade.price.exact?.mantissa ?? 0) > 0, "a price that is none")
      require(trade.price.value.isFinite && trade.size.value.isFinite && trade.size.value >= 0, "a size that is none")
      require(Timestamp.readableMicroseconds.contains(trade.eventTime.microseconds), "a time out of range")
      require(trade.receiveTime == time, "another receive time than the frame's")
      transcript.trades.append(trade)
    case .quote(let quote):
      require(plan.carries(quote.market, .quotes), "a quote of a market that was not asked for")
      for price in [quote.bid, quote.ask] where !price.isMissing {
        require(price.isPrice && (price.exact?.mantissa ?? 0) > 0, "a price that is none")
      }
      for size in [quote.bidSize, quote.askSize] where !size.isMissing {
        require(size.value >= 0 && size.value.isFinite, "a size that is none")
      }
      require(Timestamp.readableMicroseconds.contains(quote.eventTime.microseconds), "a time out of range")
      require(quote.receiveTime == time, "another receive time than the frame's")
      transcript.quotes.append(quote)
    case .withdrawn, .clock: require(false, "an event that no session may emit")
    }
  }
}

extension ConnectionPlan {
  fileprivate func carries(_ market: MarketID, _ channel: Channel) -> Bool {
    subscriptions.contains { $0.market == market && $0.channel == channel }
  }
}

/// How much a session has said so far.
private struct Mark: Equatable {
  let events: Int
  let actions: Int
  let duplicates: UInt64
  let recovered: UInt64

  init(_ output: SessionOutput) {
    events = output.events.count
    actions = output.actions.count
    duplicates = output.duplicates
    recovered = output.recovered
  }
}

/// All that a session has said.
private struct Transcript: Equatable {
  enum Outcome: Equatable {
    case read(FrameKind)
    case refused(SessionError)
  }

  var outcomes: [Outcome] = []
  var trades: [Trade] = []
  var quotes: [Quote] = []
  var actions: [SessionOutput.Action] = []
  var duplicates: UInt64 = 0
  var recovered: UInt64 = 0
}
