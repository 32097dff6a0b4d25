import Foundation
import Synchronization
import Testing

@testable import ArbdFramework

@Suite(.timeLimit(.minutes(5))) struct SinkRunnerTests {
  private func options(_ change: (inout SinkOptions) -> Void = { _ in }) -> SinkOptions {
    var options = SinkOptions()
    options.retry.first = .milliseconds(1)
    options.retry.longest = .milliseconds(2)
    change(&options)
    return options
  }

  private struct Outcome {
    let failure: String?
    let counts: SinkCounts
  }

  /// Delivers the alerts of these windows and gives how it ended.
  private func deliver(
    _ numbers: ClosedRange<Int>, to sink: ScriptedSink, _ options: SinkOptions
  ) async throws -> Outcome {
    let runner = SinkRunner(name: "s", kinds: [.alert], sink: sink, options: options, logger: silentLogger)
    try await runner.connect()
    runner.put(numbers.map { .alert(.sample($0)) })
    runner.endInput()
    runner.start {}
    let failure = await runner.ending().failure
    return Outcome(failure: failure, counts: runner.snapshot().counts)
  }

  private func windows(_ sink: ScriptedSink) -> [Int] {
    sink.delivered.compactMap {
      if case .alert(let alert) = $0 { Int(alert.windowStart.microseconds / 10_000_000) } else { nil }
    }
  }

  @Test func whatOneSinkRejectsDoesNotHoldUpTheNext() async throws {
    let sink = ScriptedSink(outcomes: [DeliveryError("too large", verdict: .reject([1]))])
    let ending = try await deliver(1...4, to: sink, options())
    #expect(ending.failure == nil && ending.counts.rejected == 1 && ending.counts.delivered == 3)
    #expect(windows(sink) == [1, 3, 4] && ending.counts.retries == 0)
  }

  @Test func whatWasDeliveredIsNotRepeated() async throws {
    let sink = ScriptedSink(outcomes: [DeliveryError("half", verdict: .retry(), delivered: [0, 1])])
    let ending = try await deliver(1...4, to: sink, options())
    #expect(ending.counts.delivered == 4 && ending.counts.retries == 1)
    #expect(windows(sink) == [3, 4])
  }

  @Test func aLostConnectionIsMadeAnew() async throws {
    let lost = DeliveryError("reset by peer", verdict: .reconnect)
    let sink = ScriptedSink(outcomes: [lost, lost])
    let ending = try await deliver(1...2, to: sink, options())
    #expect(ending.counts.delivered == 2 && ending.counts.reconnects == 2)
    #expect(sink.calls == ["connect", "deliver", "close", "connect", "deliver", "close", "connect", "deliver"])
  }

  @Test func aBatchIsGivenUpInTheEndAndTheNextHasItsTurn() async throws {
    let down = DeliveryError("down", verdict: .retry())
    let sink = ScriptedSink(outcomes: [down, down])
    let ending = try await deliver(
      1...4, to: sink,
      options {
        $0.retry.giveUpAfter = .duration(.zero)
        $0.batch.records = 1
      })
    #expect(ending.failure == nil && ending.counts.rejected == 2)
    #expect(windows(sink) == [3, 4])
  }

  @Test func aVerdictThatChangesNothingIsARetry() async throws {
    let sink = ScriptedSink(outcomes: [DeliveryError("none of these", verdict: .reject([7]))])
    let ending = try await deliver(1...2, to: sink, options())
    #expect(ending.counts.delivered == 2 && ending.counts.retries == 1 && ending.counts.rejected == 0)
  }

  @Test func theFilterComesFirst() async throws {
    let sink = ScriptedSink()
    let ending = try await deliver(
      1...4, to: sink, options { $0.filter = FilterOptions(cooldown: .seconds(15)) })
    #expect(ending.counts.filtered == 2 && ending.counts.delivered == 2)
    #expect(windows(sink) == [1, 3])
  }

  /// A cool-down begins with an alert that somebody had.
  @Test func whatIsRejectedSpendsNoCooldown() async throws {
    let sink = ScriptedSink(outcomes: [DeliveryError("no", verdict: .reject([0]))])
    let ending = try await deliver(
      1...4, to: sink,
      options {
        $0.filter = FilterOptions(cooldown: .seconds(15))
        $0.batch.records = 1
      })
    #expect(ending.counts.rejected == 1 && ending.counts.filtered == 1)
    #expect(windows(sink) == [2, 4])
  }

  /// Giving up does not begin with the first connection.
  @Test func aDestinationThatNeverWasThereIsGivenUpToo() async throws {
    let sink = ScriptedSink(connection: DeliveryError("nobody there", verdict: .retry()))
    let runner = SinkRunner(
      name: "s", kinds: [.alert], sink: sink, options: options { $0.retry.giveUpAfter = .duration(.milliseconds(1)) },
      logger: silentLogger)
    runner.start {}
    // Before anything is to be delivered, it is tried over and over.
    while sink.calls.count < 3 { await Task.yield() }
    runner.put((1...3).map { .alert(.sample($0)) })
    runner.endInput()
    let ending = await runner.ending()
    #expect(ending.failure == nil && runner.snapshot().counts.rejected == 3)
  }

  @Test func batchesAreNoLargerThanTheConfigSays() async throws {
    let sink = ScriptedSink()
    _ = try await deliver(1...10, to: sink, options { $0.batch.records = 3 })
    #expect(sink.attempts == 4 && windows(sink) == Array(1...10))
  }

  @Test func delaysGrowAndTheDestinationsWordCounts() {
    var clock = RetryClock(options { $0.retry.giveUpAfter = .duration(.seconds(10)) }.retry)
    var random = SeededRandom(seed: 1)
    let start = ContinuousClock.now
    #expect(clock.delay(asked: .seconds(7), now: start, using: &random) == .seconds(7))
    #expect(clock.delay(asked: nil, now: start + .seconds(9), using: &random)! <= .milliseconds(2))
    // The last attempt is when it would be given up, whatever the destination asks for.
    #expect(clock.delay(asked: .seconds(86_400), now: start + .seconds(9), using: &random) == .seconds(1))
    #expect(clock.delay(asked: .seconds(7), now: start + .seconds(10), using: &random) == nil)
    clock.reset()
    #expect(clock.delay(asked: nil, now: start + .seconds(20), using: &random) != nil)
  }
}

extension FilterOptions {
  init(cooldown: Duration) {
    self.init()
    self.cooldown = cooldown
  }
}
