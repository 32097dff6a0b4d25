import Testing

@testable import ArbdFramework

/// What follows when a venue asks for fewer requests by HTTP.
@Suite struct ThrottlingTests {
  @Test(arguments: [(429, Duration.seconds(30)), (418, .seconds(120)), (503, .seconds(7))])
  func requestsWaitForAsLongAsTheVenueSays(status: Int, pause: Duration) throws {
    let script = try LiveScript { try AskingAdapter(options: $0, context: $1) }
    script.turn()
    script.network.opens(script.first)
    script.turn(2)
    #expect(script.network.takeCalls() == ["open 0", "fetch 0 1 https://asking.example/book"])
    script.network.answers(script.first, 1, status: status, retryAfter: pause)
    script.turn()
    script.pass(pause - .milliseconds(1))
    #expect(!script.network.takeCalls().contains { $0.hasPrefix("fetch") })
    script.pass(.milliseconds(2))
    #expect(script.network.takeCalls().filter { $0.hasPrefix("fetch") } == ["fetch 0 2 https://asking.example/book"])
  }

  @Test func aVenueThatDoesNotSayHowLongIsLeftAloneForAMinute() throws {
    let script = try LiveScript { try AskingAdapter(options: $0, context: $1) }
    script.turn()
    script.network.opens(script.first)
    script.turn(2)
    script.network.answers(script.first, 1, status: 429, retryAfter: nil)
    script.turn()
    script.pass(.milliseconds(59_999))
    #expect(script.network.takeCalls().filter { $0.hasPrefix("fetch") }.count == 1)
    script.pass(.milliseconds(2))
    #expect(script.network.takeCalls().filter { $0.hasPrefix("fetch") }.count == 1)
  }

  /// The connection is not one of the requests.
  @Test func socketsAreOpenedAllTheSame() throws {
    let script = try LiveScript { try AskingAdapter(options: $0, context: $1) }
    script.turn()
    script.network.opens(script.first)
    script.turn(2)
    script.network.answers(script.first, 1, status: 418, retryAfter: .seconds(86_400))
    script.turn()
    script.network.takeCalls()
    script.network.drops(script.first, "reset")
    script.pass(.seconds(3))
    #expect(script.network.takeCalls().contains("open 0"))
  }
}

/// A venue whose session asks for something by HTTP once it is connected, and again when it is not given.
private struct AskingAdapter: ExchangeAdapter {
  static let summary = "A venue that is asked."
  static let venue = VenueDescriptor(
    id: "asking", endpoint: "wss://asking.example", rest: "https://asking.example", feeds: [.trades: "trades"],
    streamsPerConnection: 10, messageInterval: .zero, connectionLifetime: nil)

  let instruments: [Instrument]
  let channels: [Channel]

  init(options: MarketDataOptions, context: PluginContext) throws {
    instruments = options.instruments
    channels = try options.channels(offeredBy: Self.venue)
  }

  func symbol(for instrument: Instrument) -> String { instrument.description }
  func makeSession(for plan: ConnectionPlan) -> Session { Session(symbols: SymbolTable(plan.subscriptions)) }

  struct Session: ExchangeSession {
    let symbols: SymbolTable

    mutating func connected(at time: Timestamp, _ output: inout SessionOutput) {
      output.perform(.fetch(number: 1, path: "/book"))
    }

    mutating func response(
      _ request: Int, status: Int, _ body: RawSpan, at time: Timestamp, _ output: inout SessionOutput
    ) throws(SessionError) {
      if status != 200 { output.perform(.fetch(number: request + 1, path: "/book")) }
    }

    mutating func receive(
      _ frame: RawSpan, at time: Timestamp, _ output: inout SessionOutput
    ) throws(SessionError) -> FrameKind { .ignored }
    mutating func subscribe(_ subscriptions: [Subscription], _ output: inout SessionOutput) {}
    mutating func unsubscribe(_ subscriptions: [Subscription], _ output: inout SessionOutput) {}
  }
}
