internal import Foundation

/// The one ordered stream of everything that happens outside.
///
/// Each source appends to a lane of its own; the core reads them as one sequence, ordered by receive time where several
/// lanes have something to offer, ties in the order of the lanes. So the order of reading, and with it everything
/// computed, does not depend on which thread was faster. A lane holds a few batches; a source that is ahead waits.
public final class InputLog: @unchecked Sendable {
  /// Thrown to a source that appends after the run is over.
  public struct Stopped: Error {
    public init() {}
  }

  /// How fast a lane's events are handed out.
  public enum Pace: Sendable, Equatable {
    /// As fast as they can be read.
    case maximum
    /// At their receive times, time running this many times as fast as in life.
    case realTime(factor: Double)
  }

  struct Lane {
    let pace: Pace
    var waiting: [InputBatch] = []
    var free: [InputBatch] = []
    var hasEnded = false
    var failure: (any Error)?
    /// What the source counted, by name.
    var counts: [String: UInt64] = [:]
    var desk = ProgressDesk()
    /// The source has something to put away when the run ends.
    var isAwaited = false
  }

  /// Batches that a lane holds for the core before its source has to wait.
  private static let depth = 4

  // Everything below is guarded by `condition`.
  let condition = Condition()
  var lanes: [Lane] = []
  private(set) var isStopped = false
  private var stopActions: [@Sendable () -> Void] = []
  var wantsAttention = false
  var wantsProgress = false
  /// Counts what may have made alerts safe.
  var progressNews: UInt64 = 0
  private var connections: [ConnectionDescription] = []
  /// Called, without the lock, when the core may have something to do and may be waiting elsewhere than here.
  private var wakeCore: (@Sendable () -> Void)?

  /// What a connection's number stands for.
  struct ConnectionDescription: Sendable {
    /// Nil where no adapter understands its frames.
    let adapter: (any ExchangeAdapter)?
    let venue: String
    let number: Int
    /// What it carries; nil: all that the adapter was asked for.
    var plan: ConnectionPlan?
    /// Whether there is somebody to act on what its session wants.
    var isLive: Bool { plan != nil }
  }

  public let markets: MarketTable

  public init(markets: MarketTable) { self.markets = markets }

  /// The end that a source writes to.
  public struct Writer: Sendable {
    let log: InputLog
    let lane: Int

    public var markets: MarketTable { log.markets }

    /// Hands over a batch and gives back an empty one to fill. Waits while the core is behind.
    public func append(_ batch: consuming InputBatch) throws -> InputBatch {
      try log.append(batch, to: lane)
    }

    /// Adds one to a count of the source's own, for the run's summary.
    public func count(_ name: String) { log.count(name, of: lane) }

    /// Returns as soon as `append` need not wait, or the run is over, and then true; false when neither comes in time. For
    /// a source that has something else to do meanwhile.
    public func waitForRoom(atMost limit: Duration) -> Bool { log.waitForRoom(in: lane, atMost: limit) }

    /// A number for connection `number` at a venue, whose frames `adapter` understands; nil where no adapter does.
    public func connection(_ venue: String, _ number: Int, adapter: (any ExchangeAdapter)?) -> ConnectionID {
      log.connection(venue, number, adapter: adapter)
    }
  }

  /// A lane for one more source, behind those there are. Before the run starts.
  public func addLane(pace: Pace) -> Writer {
    condition.withLock {
      lanes.append(Lane(pace: pace))
      return Writer(log: self, lane: lanes.count - 1)
    }
  }

  /// The lane's source has returned, or failed.
  func end(_ writer: Writer, failure: (any Error)? = nil) {
    condition.withLock {
      lanes[writer.lane].hasEnded = true
      lanes[writer.lane].failure = failure
      condition.broadcast()
    }
    wake()
  }

  /// Ends the run: sources are turned away, the core reads no further.
  func stop() {
    let actions = condition.withLock {
      isStopped = true
      condition.broadcast()
      defer { stopActions = [] }
      return stopActions
    }
    for action in actions { action() }
  }

  /// Calls `action` when the run is ended, at once if it has been.
  func onStop(_ action: @escaping @Sendable () -> Void) {
    let isLate = condition.withLock {
      if !isStopped { stopActions.append(action) }
      return isStopped
    }
    if isLate { action() }
  }

  /// Makes the core return from waiting for events.
  func requestAttention() {
    condition.withLock {
      wantsAttention = true
      condition.broadcast()
    }
    wake()
  }

  /// The core waits for sockets: `action` ends that. Before sources start.
  func onNews(_ action: @escaping @Sendable () -> Void) {
    condition.withLock { wakeCore = action }
    onStop(action)
  }

  func wake() { condition.withLock { wakeCore }?() }

  private func append(_ batch: consuming InputBatch, to lane: Int) throws -> InputBatch {
    if batch.events.isEmpty { return batch }
    let (empty, action) = try put(batch, into: lane)
    action?()
    return empty
  }

  private func waitForRoom(in lane: Int, atMost limit: Duration) -> Bool {
    let deadline = ContinuousClock.now + limit
    return condition.withLock {
      while lanes[lane].waiting.count >= InputLog.depth, !isStopped {
        guard condition.wait(until: deadline) else { return false }
      }
      return true
    }
  }

  private func put(
    _ batch: consuming InputBatch, into lane: Int
  ) throws -> (empty: InputBatch, wake: (@Sendable () -> Void)?) {
    condition.lock()
    defer { condition.unlock() }
    while lanes[lane].waiting.count >= InputLog.depth, !isStopped { condition.wait() }
    if isStopped { throw Stopped() }
    lanes[lane].desk.appended += UInt64(batch.events.count)
    lanes[lane].waiting.append(batch)
    condition.broadcast()
    return (lanes[lane].free.popLast() ?? InputBatch(), wakeCore)
  }

  func connection(
    _ venue: String, _ number: Int, adapter: (any ExchangeAdapter)?, plan: ConnectionPlan? = nil
  ) -> ConnectionID {
    condition.withLock {
      connections.append(ConnectionDescription(adapter: adapter, venue: venue, number: number, plan: plan))
      return ConnectionID(index: Int32(connections.count - 1))
    }
  }

  private func count(_ name: String, of lane: Int) {
    condition.withLock { lanes[lane].counts[name, default: 0] += 1 }
  }

  /// What the sources counted, lane by lane.
  var sourceCounts: [[String: UInt64]] { condition.withLock { lanes.map(\.counts) } }

  /// What a connection's number stands for.
  func connection(_ id: ConnectionID) -> ConnectionDescription { condition.withLock { connections[Int(id.index)] } }
}
