import Synchronization
import Testing

@testable import ArbdFramework

/// A sink that has batches on their way, and finishes them as its script says.
final class PipelinedScript: PipelinedSink {
  struct Options: PluginOptions {
    static let fields: [OptionField<Self>] = []
  }

  static let name = "pipelined"
  static let summary = "Keeps what it is given."
  static let accepts: Set<Record.Kind> = [.alert, .trade]
  static let pipelineLimit = 8

  private struct State {
    var outcomes: [DeliveryError?]
    var calls: [String] = []
    var underway: [[Record]] = []
    var delivered: [Record] = []
    var most = 0
  }

  private let state: Mutex<State>
  private let beginning: DeliveryError?

  convenience init(options: Options, context: PluginContext) { self.init() }

  /// `outcomes`: how the first batches end that were begun, nil for well; so do all after them. `beginning`: why none is
  /// begun.
  init(outcomes: [DeliveryError?] = [], beginning: DeliveryError? = nil) {
    state = Mutex(State(outcomes: outcomes))
    self.beginning = beginning
  }

  /// `begin 2` for two records; `finish`, `hurry`, `deliver 1`, `connect`, `close`.
  var calls: [String] { state.withLock { $0.calls } }
  var windows: [Int] {
    state.withLock { state in
      state.delivered.compactMap {
        if case .alert(let alert) = $0 { Int(alert.windowStart.microseconds / 10_000_000) } else { nil }
      }
    }
  }
  /// Records on their way at once.
  var most: Int { state.withLock { $0.most } }

  func connect() async throws(DeliveryError) { state.withLock { $0.calls.append("connect") } }

  func begin(_ batch: [Record]) async throws(DeliveryError) {
    if let beginning { throw beginning }
    state.withLock { state in
      state.calls.append("begin \(batch.count)")
      state.underway.append(batch)
      state.most = max(state.most, state.underway.reduce(0) { $0 + $1.count })
    }
  }

  func finishFirst(hurrying: Bool) async throws(DeliveryError) {
    let error: DeliveryError? = state.withLock { state in
      state.calls.append(hurrying ? "hurry" : "finish")
      guard !state.underway.isEmpty else { return DeliveryError("nothing is on its way", verdict: .stop) }
      let batch = state.underway.removeFirst()
      let error = state.outcomes.isEmpty ? nil : state.outcomes.removeFirst()
      state.delivered += batch.indices.filter { error == nil || error?.delivered.contains($0) == true }.map {
        batch[$0]
      }
      return error
    }
    if let error { throw error }
  }

  func deliver(_ batch: [Record]) async throws(DeliveryError) {
    state.withLock { state in
      state.calls.append("deliver \(batch.count)")
      state.delivered += batch
    }
  }

  func close() async {
    state.withLock { state in
      state.calls.append("close")
      state.underway = []
    }
  }
}

@Suite(.timeLimit(.minutes(5))) struct SinkPipelineTests {
  /// What waits when the runner begins is delivered in batches of two.
  private func run(
    _ sink: PipelinedScript, alerts: ClosedRange<Int>, _ change: (inout SinkOptions) -> Void = { _ in },
    settled: @escaping @Sendable (SinkRunner) -> Void = { _ in }
  ) async throws -> (failure: String?, counts: SinkCounts) {
    var options = SinkOptions()
    options.retry.first = .milliseconds(1)
    options.retry.longest = .milliseconds(2)
    options.batch.records = 2
    change(&options)
    let runner = SinkRunner(name: "s", kinds: [.alert], sink: sink, options: options, logger: silentLogger)
    runner.onSettled { settled(runner) }
    try await runner.connect()
    runner.put(alerts.map { .alert(.sample($0)) })
    runner.endInput()
    runner.start {}
    let failure = await runner.ending().failure
    return (failure, runner.snapshot().counts)
  }

  @Test func batchesAreBegunBeforeTheFirstIsFinished() async throws {
    let sink = PipelinedScript()
    let ending = try await run(sink, alerts: 1...6)
    #expect(ending.failure == nil && ending.counts.delivered == 6)
    #expect(sink.windows == Array(1...6))
    #expect(sink.calls == ["connect", "begin 2", "begin 2", "begin 2", "hurry", "hurry", "hurry"])
  }

  @Test func noMoreAreOnTheirWayThanTheSinkTakes() async throws {
    let sink = PipelinedScript()
    let ending = try await run(sink, alerts: 1...40)
    #expect(ending.counts.delivered == 40 && sink.windows == Array(1...40))
    #expect(sink.most == PipelinedScript.pipelineLimit)
    #expect(sink.calls.count { $0 == "finish" } == 16)
  }

  @Test func whatFailsIsTriedAgainAndWhatArrivedBehindItIsNot() async throws {
    let sink = PipelinedScript(outcomes: [
      DeliveryError("half", verdict: .retry(), delivered: [0]), nil, DeliveryError("none", verdict: .retry()),
    ])
    let ending = try await run(sink, alerts: 1...6)
    #expect(ending.failure == nil && ending.counts.delivered == 6 && ending.counts.retries == 1)
    #expect(sink.windows == [1, 3, 4, 2, 5, 6])
    #expect(sink.calls.suffix(5) == ["hurry", "hurry", "hurry", "deliver 1", "deliver 2"])
  }

  @Test func aLostConnectionIsMadeAnewOnce() async throws {
    let lost = DeliveryError("reset by peer", verdict: .reconnect)
    let sink = PipelinedScript(outcomes: [lost, lost, lost])
    let ending = try await run(sink, alerts: 1...6)
    #expect(ending.counts.delivered == 6 && ending.counts.reconnects == 1)
    #expect(sink.windows == Array(1...6))
    #expect(sink.calls.suffix(5) == ["close", "connect", "deliver 2", "deliver 2", "deliver 2"])
  }

  @Test func whatIsRejectedBecomesADeadLetterWhereverItStands() async throws {
    let sink = PipelinedScript(outcomes: [
      DeliveryError("too large", verdict: .reject([0]), delivered: [1]), nil,
      DeliveryError("too large", verdict: .reject([1]), delivered: [0]),
    ])
    let ending = try await run(sink, alerts: 1...6)
    #expect(ending.failure == nil && ending.counts.delivered == 4 && ending.counts.rejected == 2)
    #expect(sink.windows == [2, 3, 4, 5])
  }

  /// Progress is a count: what came behind a batch that failed must not pass for it.
  @Test func nothingIsSettledBeforeWhatCameBeforeIt() async throws {
    let sink = PipelinedScript(outcomes: [DeliveryError("none", verdict: .retry()), nil, nil])
    let seen = Mutex<[[Int]]>([])
    let ending = try await run(sink, alerts: 1...6) { _ in
    } settled: { runner in
      guard !runner.hasSettled(alerts: 3) else { return }
      seen.withLock { $0.append(sink.windows) }
    }
    #expect(ending.counts.delivered == 6)
    // When the first two are settled, they are there.
    #expect(seen.withLock { $0 } == [[3, 4, 5, 6, 1, 2]])
  }

  @Test func aSinkThatStopsEndsTheRun() async throws {
    let sink = PipelinedScript(outcomes: [nil, DeliveryError("no more", verdict: .stop)])
    let ending = try await run(sink, alerts: 1...6)
    #expect(ending.failure?.contains("no more") == true)
    #expect(ending.counts.delivered == 4)
  }

  @Test func whatArrivedOfBatchesBehindAStopIsCounted() async throws {
    let sink = PipelinedScript(outcomes: [
      DeliveryError("no more", verdict: .stop), DeliveryError("half", verdict: .retry(), delivered: [1]), nil,
    ])
    let ending = try await run(sink, alerts: 1...6)
    #expect(ending.failure?.contains("no more") == true)
    #expect(ending.counts.delivered == 3 && sink.windows == [4, 5, 6])
  }

  /// Small batches that come seldom do not wait for the limit of records.
  @Test func manySmallBatchesAreNotWaitedFor() async throws {
    let sink = PipelinedScript()
    var pipeline = SinkPipeline(sink)
    for _ in 0..<64 {
      #expect(pipeline.hasRoom(for: 0) && !pipeline.isCrowded)
      let batch = SinkRunner.Batch(records: [], others: 0, alerts: 0, end: nil)
      #expect(await pipeline.begin(batch))
    }
    #expect(!pipeline.hasRoom(for: 0) && pipeline.isCrowded)
  }

  @Test func whatCannotBeBegunIsDelivered() async throws {
    let sink = PipelinedScript(beginning: DeliveryError("not now", verdict: .retry()))
    let ending = try await run(sink, alerts: 1...4)
    #expect(ending.counts.delivered == 4)
    #expect(sink.calls == ["connect", "deliver 2", "deliver 2"])
  }

  @Test func aBatchThatTheFilterEmptiesHasItsTurn() async throws {
    let sink = PipelinedScript()
    let ending = try await run(sink, alerts: 1...8) { $0.filter = FilterOptions(cooldown: .seconds(45)) }
    #expect(ending.counts.delivered == 2 && ending.counts.filtered == 6)
    #expect(sink.windows == [1, 6])
  }
}
