@_spi(Fuzzing) public import ArbdFramework
internal import Logging

/// A venue whose sessions are fed, through the runtime's link, with what a fuzzer makes up.
///
/// What must hold, whatever comes: a frame that is refused leaves no market data; prices and times are such that detectors
/// can use them; the levels of a book are in order; what was told last of a market's quotes is what its book says, and
/// nothing while it is out of step; the same steps lead to the same again.
///
/// The input is cut into `Frames`. A frame that begins with one of the bytes 1 to 4 is another step: an answer to the oldest
/// open request, one with a status of its own, time that passes, another connection.
public struct FuzzedVenue<Adapter: ExchangeAdapter>: Sendable {
  private let adapter: Adapter
  private let plan: ConnectionPlan
  private let markets = MarketTable()

  /// Nil when the venue refuses the options.
  public init?(
    _ instruments: [String], channels: [Channel] = [.trades, .quotes, .book],
    _ options: (MarketDataOptions) -> Adapter.Options
  ) {
    var data = MarketDataOptions()
    data.instruments = instruments.compactMap(Instrument.init)
    data.channels = channels
    let context = PluginContext(
      logger: Logger(label: "fuzz") { _ in SwiftLogNoOpLogHandler() }, name: "fuzz", markets: markets)
    guard let adapter = try? Adapter(options: options(data), context: context) else { return nil }
    self.adapter = adapter
    plan = ConnectionPlan(subscriptions: adapter.subscriptions(in: markets))
  }

  /// Feeds the steps to two sessions.
  public func feed(_ input: RawSpan) {
    let frames = Frames(input)
    require(run(frames, input) == run(frames, input), "two sessions disagree")
  }

  private func run(_ frames: Frames, _ input: RawSpan) -> [SessionTrial.Step] {
    var course = FuzzedCourse(SessionTrial(adapter, plan: plan, markets: markets), plan, markets)
    for range in frames.ranges { course.take(input.extracting(range)) }
    return course.steps
  }
}

extension FuzzedVenue where Adapter.Options == MarketDataOptions {
  public init?(_ instruments: [String], channels: [Channel] = [.trades, .quotes, .book]) {
    self.init(instruments, channels: channels) { $0 }
  }
}
