import Foundation
import Synchronization
import Testing

@testable import ArbdFramework

/// What a run leaves behind for the next one, and that it suffices.
@Suite struct DetectionProgressTests {
  /// Wherever a run is cut, the next one finds what an undisturbed run would have found, no more and no less.
  @Test(arguments: 0..<10)
  func aRestartChangesNothing(_ group: UInt64) throws {
    for seed in group * 50..<(group + 1) * 50 {
      let example = try RandomCase.make(seed: seed)
      let undisturbed = try example.run(cutAt: nil).alerts
      var random = SeededRandom(seed: seed)
      for _ in 0..<4 {
        let cut = random.below(example.records.split(separator: 0x0A).count + 1)
        let restarted = try example.run(cutAt: cut).alerts
        #expect(restarted == undisturbed, "seed \(seed), cut at \(cut)")
      }
    }
  }

  /// The cases above are only worth something if there is something to build again.
  @Test func mostRestartsReadSomethingAgain() throws {
    var again = 0
    for seed in UInt64(0)..<50 {
      let example = try RandomCase.make(seed: seed)
      let count = example.records.split(separator: 0x0A).count
      if try example.run(cutAt: count / 2).readAgain > 0 { again += 1 }
    }
    #expect(again > 25)
  }

  @Test func placesOfOneLaneAreFoundAmongThoseOfOthers() {
    var places = LanePlaces()
    places.append(0, count: 10)
    places.append(10, count: 5)
    // 15 to 19 are another lane's.
    places.append(20, count: 10)
    #expect(places.events == 25)
    let expected: [(UInt64, UInt64)] = [(0, 0), (9, 9), (14, 14), (15, 15), (19, 15), (20, 15), (25, 20), (30, 25)]
    for (place, events) in expected { #expect(places.events(before: place) == events, "\(place)") }
  }

  @Test func anAnswerSaysWhatIsNeededOnceItsAlertsAreSafe() async {
    let answers = Answers()
    let sink = ScriptedSink()
    let source = ScriptedSource { log in
      try ScriptedSource.append(trades: 1...2_500, log)
      log.requestProgress()
      answers.add(log.waitForProgress(atMost: .seconds(100)))
      try ScriptedSource.append(trades: 2_501...2_600, log)
    }
    await execute(source, "a", [.alert], sink)
    let answer = answers.all.first.flatMap { $0 }
    #expect(answer?.events == 2_500)
    // The window of the third second begins with the trade of 2,000 ms, which is event 1,999.
    #expect(answer?.firstNeeded == 1_999)
    #expect(answer?.detectors.first?.firedUntil == Timestamp(microseconds: 2_000_000))
  }

  @Test func whileASinkRefusesAlertsThereIsNoAnswer() async {
    let answers = Answers()
    let down = DeliveryError("down", verdict: .retry(after: .milliseconds(20)))
    let sink = ScriptedSink(outcomes: Array(repeating: down, count: 50))
    let source = ScriptedSource { log in
      try ScriptedSource.append(trades: 1...2_500, log)
      log.requestProgress()
      answers.add(log.waitForProgress(atMost: .milliseconds(100)))
      answers.add(log.waitForProgress(atMost: .seconds(100)))
    }
    await execute(source, "a", [.alert], sink)
    #expect(answers.all.map { $0?.events } == [nil, 2_500])
  }

  /// Whoever asks again before the answer waits for more: a source can tell.
  @Test func aSourceKnowsThatItHasAsked() async {
    let asked = Mutex<[Bool]>([])
    let source = ScriptedSource { log in
      asked.withLock { $0.append(log.awaitsProgress) }
      log.requestProgress()
      try ScriptedSource.append(trades: 1...50, log)
      _ = log.waitForProgress(atMost: .seconds(100))
      asked.withLock { $0.append(log.awaitsProgress) }
    }
    await execute(source, "t", [.trade], ScriptedSink())
    #expect(asked.withLock { $0 } == [false, false])
    let log = InputLog(markets: MarketTable())
    let writer = log.addLane(pace: .maximum)
    writer.requestProgress()
    #expect(writer.awaitsProgress)
  }

  @Test func theEndOfARunIsAnAnswer() async {
    let answers = Answers()
    let source = ScriptedSource { log in
      try ScriptedSource.append(trades: 1...50, log)
      log.requestProgress()
      answers.add(log.waitForProgress(atMost: .seconds(100)))
      do {
        var price = 51
        while true {
          try ScriptedSource.append(trades: price...(price + 9), log)
          price += 10
        }
      } catch let error as InputLog.Stopped {
        answers.add(log.waitForProgress(atMost: .seconds(100)))
        throw error
      }
    }
    let sink = ScriptedSink(outcomes: [nil, DeliveryError("full", verdict: .stop)])
    await execute(source, "t", [.trade], sink)
    let events = answers.all.map { $0?.events ?? 0 }
    #expect(events.count == 2 && events[0] == 50 && events[1] >= 50)
  }

  private func execute(_ source: ScriptedSource, _ name: String, _ kinds: Set<Record.Kind>, _ sink: ScriptedSink) async
  {
    var options = SinkOptions()
    options.records = Record.Kind.allCases.filter(kinds.contains)
    let run = Run(
      inputs: [Run.Input(name: "source", source: source)], detectors: [EveryWindow(instruments: [.btc])],
      fees: FeeSchedule(), outputs: [Run.Output(name: name, options: options, sink: sink)], markets: MarketTable(),
      logger: silentLogger)
    _ = await run.execute()
  }

  private final class Answers: @unchecked Sendable {
    private let lock = NSLock()
    private var answers: [DetectionProgress?] = []

    func add(_ answer: DetectionProgress?) { lock.withLock { answers.append(answer) } }
    var all: [DetectionProgress?] { lock.withLock { answers } }
  }
}
