package import ArbdFramework
internal import Foundation
internal import Synchronization

/// Tells any number of dashboards about a run, at most 20 times a second, from a thread of its own. The run never waits for
/// it: market data is conflated on the run's board, and everything else is bounded.
///
/// A subscriber is first given what there has been so far, in one update; after that whatever is new, on the feed's thread.
/// It must not block; a slow one has to drop or leave. Who passes updates on to others may ask, while it is told, for all
/// that there has been, this update in it.
///
/// Unchecked: what is mutable is guarded by `condition`; `maker` belongs to the feed's thread while it runs, and is only
/// touched under the lock.
package final class DashboardFeed: @unchecked Sendable {
  package typealias Subscriber = @Sendable (_ update: DashboardUpdate, _ all: () -> DashboardUpdate) -> Void

  /// How long an update waits for the next; without a subscriber a second, for what is missed then is in the history.
  private static let interval = Duration.milliseconds(50)
  private static let idleInterval = Duration.seconds(1)
  /// In microseconds.
  private static let lookInterval: Int64 = 200_000
  /// What a late subscriber is given.
  package static let alertHistory = 1_000
  package static let windowHistory = 4_096
  /// Of each window but the last.
  package static let routeHistory = 2
  package static let logHistory = 200

  package let source: DashboardSource
  private let view: RunView
  private let condition = Condition()
  private var maker: UpdateMaker
  private var subscribers: [Int: Subscriber] = [:]
  private var nextNumber = 0
  /// Without its markets, which `maker` knows.
  private var history = DashboardUpdate(time: 0)
  /// The last window of each detector that had a way to trade, with all its routes, which those in the history have not.
  private var lastWindows: [String: WindowRow] = [:]
  private var nextLine = 0
  /// Seconds of the run's time: when the core last said how it is doing, and when a report was last made.
  private var lastNews = -1.0
  private var lastReport = -Double.infinity
  private var nextLook = Int64.min
  private var isStarted = false
  private var hasReadJournal = false
  /// Of the alerts that were read there, which the board may bring as well.
  private var journaledIDs: Set<String> = []
  private var isEnding = false
  private var hasEnded = false

  package init(_ view: RunView, _ source: DashboardSource) {
    self.view = view
    self.source = source
    maker = UpdateMaker(markets: view.markets)
  }

  /// Ends the run.
  package func stopRun() { view.stop() }

  // MARK: Subscribers

  /// Returns what `unsubscribe` wants. The first call starts the feed; the run's journal is open by then, or has none.
  package func subscribe(_ subscriber: @escaping Subscriber) -> Int {
    condition.lock()
    defer { condition.unlock() }
    if !isStarted { start() }
    let number = nextNumber
    nextNumber += 1
    subscribers[number] = subscriber
    let update = everything
    subscriber(update) { update }
    condition.broadcast()
    return number
  }

  package func unsubscribe(_ number: Int) {
    condition.withLock { _ = subscribers.removeValue(forKey: number) }
  }

  /// Tells the last, and ends the thread.
  package func end() {
    condition.lock()
    defer { condition.unlock() }
    isEnding = true
    condition.broadcast()
    while isStarted, !hasEnded { condition.wait() }
  }

  // MARK: The feed's thread

  /// Under the lock.
  private func start() {
    isStarted = true
    if view.snapshot().phase != .starting { history.alerts = journaledAlerts() }
    let thread = Thread { self.run() }
    thread.name = "arbd dashboard"
    thread.start()
  }

  private func run() {
    condition.lock()
    while true {
      let isLast = isEnding
      publish()
      if isLast { break }
      let pause = subscribers.isEmpty ? DashboardFeed.idleInterval : DashboardFeed.interval
      let deadline = ContinuousClock.now + pause
      let hadNone = subscribers.isEmpty
      // A subscriber that comes meanwhile does not wait for the end of a long pause.
      while !isEnding, condition.wait(until: deadline) { if hadNone, !subscribers.isEmpty { break } }
    }
    hasEnded = true
    condition.broadcast()
    condition.unlock()
  }

  /// Once, when the journal is open. Under the lock.
  private func journaledAlerts() -> [AlertRow] {
    hasReadJournal = true
    let alerts = view.recentAlerts(DashboardFeed.alertHistory).map { AlertRow($0) }
    journaledIDs = Set(alerts.map(\.id))
    return alerts
  }

  /// Under the lock.
  private func publish() {
    var update = maker.update(view.board.take(), at: source.now())
    if hasReadJournal {
      if !journaledIDs.isEmpty { update.alerts.removeAll { journaledIDs.contains($0.id) } }
    } else if view.snapshot().phase != .starting {
      let known = Set((history.alerts + update.alerts).map(\.id))
      update.alerts = journaledAlerts().filter { !known.contains($0.id) } + update.alerts
    }
    (update.log, nextLine) = source.log.lines(from: nextLine)
    update.report = report(at: update.time)
    guard !update.isEmpty else { return }
    remember(update)
    for subscriber in subscribers.values { subscriber(update) { everything } }
  }

  /// Under the lock.
  private var everything: DashboardUpdate {
    var update = history
    update.time = source.now().microseconds
    update.markets = maker.known
    update.windows += lastWindows.values.sorted { $0.windowEnd < $1.windowEnd }
    return update
  }

  /// When there is news of the core, which says something about once a second; else when it has been silent for two.
  private func report(at time: Int64) -> DashboardReport? {
    guard time >= nextLook || isEnding else { return nil }
    nextLook = time + DashboardFeed.lookInterval
    let snapshot = view.snapshot()
    let elapsed = snapshot.elapsed / .seconds(1)
    let news = elapsed - (snapshot.coreAge.map { $0 / .seconds(1) } ?? 0)
    guard news - lastNews > 0.2 || elapsed - lastReport > 2 || isEnding else { return nil }
    lastNews = news
    lastReport = elapsed
    return DashboardReport(snapshot, source)
  }

  private func remember(_ update: DashboardUpdate) {
    DashboardFeed.append(update.alerts, to: &history.alerts, DashboardFeed.alertHistory)
    for window in update.windows {
      if let before = lastWindows[window.detector] {
        if window.routes.isEmpty { continue }
        var short = before
        short.routes = Array(before.routes.prefix(DashboardFeed.routeHistory))
        DashboardFeed.append([short], to: &history.windows, DashboardFeed.windowHistory)
      }
      lastWindows[window.detector] = window
    }
    DashboardFeed.append(update.log, to: &history.log, DashboardFeed.logHistory)
    if let report = update.report { history.report = report }
  }

  /// Keeps the newest, up to twice as many as wanted: to cut each time would move all of them for one.
  private static func append<Element>(_ new: [Element], to kept: inout [Element], _ capacity: Int) {
    kept += new
    if kept.count >= 2 * capacity { kept.removeFirst(kept.count - capacity) }
  }
}
