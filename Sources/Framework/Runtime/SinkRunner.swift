internal import Logging
internal import Synchronization

/// Delivers one sink's records: in order, in batches, again where the sink says so. On a thread of its own.
final class SinkRunner: Sendable {
  /// How a sink came to its end.
  struct Ending: Sendable {
    var counts = SinkCounts()
    /// Nil when everything was delivered.
    var failure: String?
    /// A call to it has not come back, so it must not be called again.
    var isStuck = false
  }

  private struct State {
    var counts = SinkCounts()
    /// Records handed over so far, without status reports.
    var offered: UInt64 = 0
    var ending: Ending?
    /// Why the last attempt did not deliver; nil once one has.
    var fault: String?
    var waiter: CheckedContinuation<Ending, Never>?
  }

  let name: String
  let kinds: Set<Record.Kind>
  private let queue: RecordQueue
  private let sink: any Sink
  private let logger: Logger
  private let executor: SinkExecutor
  private let state = Mutex(State())

  static let queueCapacity = 65_536
  static let batchSize = 1_024

  init(name: String, kinds: Set<Record.Kind>, sink: any Sink, logger: Logger) {
    self.name = name
    self.kinds = kinds
    self.sink = sink
    self.logger = logger
    self.queue = RecordQueue(capacity: SinkRunner.queueCapacity)
    self.executor = SinkExecutor(name: name)
  }

  func connect() async throws(DeliveryError) {
    let result = await Task(executorPreference: executor) { [sink] () async -> Result<Void, DeliveryError> in
      do throws(DeliveryError) { return .success(try await sink.connect()) } catch { return .failure(error) }
    }.value
    try result.get()
  }

  /// Begins to deliver; `onFailure` is told when the sink gives up.
  func start(onFailure: @escaping @Sendable () -> Void) {
    Task(executorPreference: executor) {
      do throws(DeliveryError) {
        try await self.deliverAll()
        self.end(failure: nil)
      } catch {
        self.end(failure: "sink \(self.name): \(error)")
        onFailure()
      }
    }
  }

  /// Hands over records; waits while too many are queued.
  func put(_ records: [Record]) {
    let count = UInt64(records.count { $0.kind != .status })
    state.withLock { $0.offered += count }
    queue.put(records)
  }

  /// No more records will come.
  func endInput() { queue.end() }

  /// Waits for the sink no longer: what it has not taken stays undelivered.
  func abandon() {
    let missing: UInt64? = state.withLock { $0.ending == nil ? $0.offered - $0.counts.delivered : nil }
    guard let missing else { return }
    end(failure: "sink \(name): not done in time; \(missing) records were not delivered", isStuck: true)
  }

  func snapshot(isConnected: Bool) -> SinkSnapshot {
    let queued = queue.count
    let (counts, fault) = state.withLock { ($0.counts, $0.ending.map { $0.failure ?? "ended" } ?? $0.fault) }
    let isFull = queued >= SinkRunner.queueCapacity
    return SinkSnapshot(
      name: name, isConnected: isConnected, fault: fault ?? (isFull ? "its queue is full" : nil), queued: queued,
      capacity: SinkRunner.queueCapacity, counts: counts)
  }

  /// How it ended, once it has; then the sink is closed, unless it is stuck.
  func ending() async -> Ending {
    let ending = await withCheckedContinuation { continuation in
      let known: Ending? = state.withLock { state in
        if state.ending == nil { state.waiter = continuation }
        return state.ending
      }
      if let known { continuation.resume(returning: known) }
    }
    return ending
  }

  func close() async {
    await Task(executorPreference: executor) { [sink] in await sink.close() }.value
  }

  /// The first ending counts. The core must not wait for room that nobody makes, so the queue ends as well.
  private func end(failure: String?, isStuck: Bool = false) {
    let waiter: (CheckedContinuation<Ending, Never>, Ending)? = state.withLock { state in
      guard state.ending == nil else { return nil }
      let ending = Ending(counts: state.counts, failure: failure, isStuck: isStuck)
      state.ending = ending
      defer { state.waiter = nil }
      return state.waiter.map { ($0, ending) }
    }
    queue.end()
    if let (waiter, ending) = waiter { waiter.resume(returning: ending) }
  }

  private func deliverAll() async throws(DeliveryError) {
    while true {
      let records = await queue.take()
      if records.isEmpty { return }
      for start in stride(from: 0, to: records.count, by: SinkRunner.batchSize) {
        try await deliver(Array(records[start..<min(start + SinkRunner.batchSize, records.count)]))
      }
    }
  }

  private func deliver(_ batch: [Record]) async throws(DeliveryError) {
    while true {
      do throws(DeliveryError) {
        try await sink.deliver(batch)
        let delivered = UInt64(batch.count { $0.kind != .status })
        state.withLock { state in
          state.counts.delivered += delivered
          state.fault = nil
        }
        return
      } catch {
        guard case .retry(let delay) = error.verdict else { throw error }
        state.withLock { state in
          state.counts.retries += 1
          state.fault = "trying again: \(error.reason)"
        }
        logger.warning("sink \(name): \(error.reason); trying again in \(delay)")
        do {
          try await Task.sleep(for: delay)
        } catch {
          throw DeliveryError("stopped while waiting to try again", verdict: .stop)
        }
      }
    }
  }
}

/// What a sink has been given.
public struct SinkCounts: Sendable, Equatable {
  public var delivered: UInt64 = 0
  public var retries: UInt64 = 0

  public init() {}
}
