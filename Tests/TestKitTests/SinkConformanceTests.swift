import ArbdFramework
import ArbdTestKit
import Synchronization
import Testing

@Suite struct SinkConformanceTests {
  /// A destination in memory, and sinks for it with at most one mistake.
  private final class Destination: Sendable {
    let ids = Mutex<[String]>([])
  }

  private enum Mistake { case losesOne, reorders, dropsAfterClose, rejectsOdd }

  private struct MemorySink: Sink {
    struct Options: PluginOptions {
      static let fields: [OptionField<Options>] = []
    }

    static let name = "memory"
    static let summary = "Keeps ids in memory."
    static let accepts: Set<Record.Kind> = [.alert, .trade]

    let destination: Destination
    let mistake: Mistake?
    let isOpen = Shared()

    final class Shared: Sendable { let value = Mutex(false) }

    init(options: Options, context: PluginContext) { self.init(Destination(), nil) }

    init(_ destination: Destination, _ mistake: Mistake?) { (self.destination, self.mistake) = (destination, mistake) }

    func connect() async throws(DeliveryError) { isOpen.value.withLock { $0 = true } }

    func deliver(_ batch: [Record]) async throws(DeliveryError) {
      guard isOpen.value.withLock({ $0 }) else {
        if mistake == .dropsAfterClose { return }
        throw DeliveryError("not connected", verdict: .reconnect)
      }
      var ids = batch.compactMap { if case .alert(let alert) = $0 { alert.id } else { nil } }
      if mistake == .losesOne, ids.count > 3 { ids.removeLast() }
      if mistake == .reorders { ids.reverse() }
      if mistake == .rejectsOdd, batch.count > 1 {
        let odd = Set(batch.indices.filter { $0 % 2 == 1 })
        destination.ids.withLock { $0 += ids.indices.filter { !odd.contains($0) }.map { ids[$0] } }
        throw DeliveryError("odd", verdict: .reject(odd), delivered: Set(batch.indices).subtracting(odd))
      }
      destination.ids.withLock { $0 += ids }
    }

    func close() async { isOpen.value.withLock { $0 = false } }
  }

  private func report(_ mistake: Mistake? = nil) async -> ConformanceReport {
    let destination = Destination()
    return await SinkConformance({ MemorySink(destination, mistake) }, received: { destination.ids.withLock { $0 } })
      .run()
  }

  /// The same with batches on their way.
  private struct PipelinedMemorySink: PipelinedSink {
    typealias Options = MemorySink.Options

    enum Mistake { case finishesTheLast, callsNothingDelivered }

    static let name = "pipelined memory"
    static let summary = "Keeps ids in memory, later."
    static let accepts: Set<Record.Kind> = [.alert]
    static let pipelineLimit = 100

    final class Underway: Sendable { let batches = Mutex<[[Record]]>([]) }

    let inner: MemorySink
    let mistake: Mistake?
    let underway = Underway()

    init(options: Options, context: PluginContext) { self.init(Destination(), nil) }

    init(_ destination: Destination, _ mistake: Mistake?) {
      inner = MemorySink(destination, nil)
      self.mistake = mistake
    }

    func connect() async throws(DeliveryError) { try await inner.connect() }
    func deliver(_ batch: [Record]) async throws(DeliveryError) { try await inner.deliver(batch) }
    func begin(_ batch: [Record]) async throws(DeliveryError) { underway.batches.withLock { $0.append(batch) } }

    func finishFirst(hurrying: Bool) async throws(DeliveryError) {
      let batch = underway.batches.withLock { batches in
        batches.isEmpty ? nil : mistake == .finishesTheLast ? batches.removeLast() : batches.removeFirst()
      }
      if let batch { return try await inner.deliver(batch) }
      if mistake != .callsNothingDelivered { throw DeliveryError("nothing is on its way", verdict: .reconnect) }
    }

    func close() async {
      underway.batches.withLock { $0 = [] }
      await inner.close()
    }
  }

  private func pipelined(_ mistake: PipelinedMemorySink.Mistake? = nil) async -> ConformanceReport {
    let destination = Destination()
    return await SinkConformance(
      { PipelinedMemorySink(destination, mistake) }, received: { destination.ids.withLock { $0 } }
    ).run()
  }

  @Test func batchesOnTheirWayAreLookedAt() async {
    let report = await pipelined()
    #expect(report.passed, "\(report)")
    let sequential = await self.report()
    #expect(sequential["pipeline"] == .skipped("it has one batch on its way at a time"))
    #expect(await pipelined(.finishesTheLast).failures.contains { $0.hasPrefix("pipeline: batch 1 of 3") })
    #expect(await pipelined(.callsNothingDelivered).failures.contains { $0.contains("when none is on its way") })
  }

  @Test func aSinkThatIsRightPasses() async {
    let report = await report()
    #expect(report.passed, "\(report)")
    #expect(report["delivery"] == .passed("100 delivered and 0 rejected of 100, in order"))
  }

  @Test func whatIsRejectedIsNotExpected() async {
    let report = await report(.rejectsOdd)
    #expect(report["delivery"] == .passed("50 delivered and 50 rejected of 100, in order"), "\(report)")
  }

  @Test func losingReorderingAndForgettingAreFound() async {
    #expect(await report(.losesOne).failures.contains { $0.hasPrefix("delivery: 96 of 100") })
    #expect(await report(.reorders).failures.contains { $0.hasPrefix("delivery: they did not arrive in the order") })
    #expect(await report(.dropsAfterClose).failures.contains { $0.hasPrefix("after close:") })
  }
}
