internal import Foundation
internal import Logging

/// The way of alerts from the core to the sinks, through a journal: what the core hands over is written in groups by a
/// thread of its own and then announced; each sink reads behind its cursor.
///
/// While the journal cannot be written, alerts are announced all the same and delivered from memory, so that an outage
/// of the disk is none of the alerts; the core waits only when `unwrittenCapacity` of them are at stake.
///
/// Unchecked: everything mutable is guarded by `condition`, except what only the writing thread touches.
final class AlertLog: @unchecked Sendable {
  static let unwrittenCapacity = 65_536
  /// Written alerts that stay in memory, so that sinks which keep up need not read them back.
  private static let tailCapacity = 4_096
  private static let trimInterval = 60.0

  private let journal: any AlertJournal
  private let logger: Logger
  private let sinks: [String]
  private let condition = NSCondition()
  /// The newest alerts, positions without gaps; all that are not written are here.
  private var tail: [JournaledAlert] = []
  private var lastPosition: Int64 = 0
  private var writtenPosition: Int64 = 0
  private var cursors: [Int64] = []
  private var movedSinks: Set<Int> = []
  private var deadLetters: [DeadLetter] = []
  private var state = JournalCounts()
  private var isEnding = false
  private var isAbandoned = false
  /// The writing thread is not there: not yet, or no more.
  private var hasEnded = true
  /// Told of each position up to which sinks may read.
  private var listeners: [@Sendable (Int64) -> Void] = []
  private var writtenListener: (@Sendable () -> Void)?

  init(_ journal: any AlertJournal, sinks: [String], logger: Logger) {
    self.journal = journal
    self.sinks = sinks
    self.logger = logger
  }

  /// Opens the journal and begins to write. What is in it is announced to the listeners at once.
  func start(_ listeners: [@Sendable (Int64) -> Void]) throws(JournalError) {
    let found = try journal.open(sinks: sinks)
    condition.withLock {
      self.listeners = listeners
      lastPosition = found.lastPosition
      writtenPosition = found.lastPosition
      cursors = sinks.map { found.cursors[$0] ?? found.lastPosition }
      hasEnded = false
    }
    let waiting = lastPosition - (cursors.min() ?? lastPosition)
    if waiting > 0 { logger.notice("journal: \(waiting) alerts of earlier runs wait for delivery") }
    for listener in listeners { listener(lastPosition) }
    let thread = Thread { self.writeAll() }
    thread.name = "arbd journal"
    thread.start()
  }

  // MARK: The core

  /// Takes alerts in the order in which they were found.
  func append(_ alerts: [Alert]) {
    guard !alerts.isEmpty else { return }
    condition.lock()
    while lastPosition - writtenPosition >= Int64(AlertLog.unwrittenCapacity), !hasEnded, !isAbandoned {
      condition.wait()
    }
    for alert in alerts {
      lastPosition += 1
      tail.append(JournaledAlert(position: lastPosition, alert: alert))
    }
    condition.broadcast()
    condition.unlock()
  }

  /// No more will come; returns when everything was written or at least announced.
  func finish() {
    condition.lock()
    let last = lastPosition
    while writtenPosition < last, state.fault == nil, !hasEnded, !isAbandoned { condition.wait() }
    condition.unlock()
    for listener in listeners { listener(last) }
  }

  /// The core waits for the journal no longer, whatever that costs.
  func abandon() {
    condition.withLock {
      isAbandoned = true
      condition.broadcast()
    }
  }

  /// Alerts that were never written. After `close`.
  var unwritten: Int { condition.withLock { Int(lastPosition - writtenPosition) } }

  /// Writes what sinks have said since, then lets go of the journal.
  func close() {
    condition.lock()
    isEnding = true
    condition.broadcast()
    while !hasEnded { condition.wait() }
    condition.unlock()
    journal.close()
  }

  /// The newest alerts, oldest first; as far as they can be read. From `start` to `close`.
  func newest(_ limit: Int) -> [Alert] {
    let last = newestPosition
    let page = try? journal.read(after: max(0, last - Int64(limit)), limit: limit)
    return page?.alerts.map(\.alert) ?? []
  }

  /// Of the newest alert that was taken.
  var newestPosition: Int64 { condition.withLock { lastPosition } }

  /// Whether everything up to the position survives the end of the process.
  func isWritten(_ position: Int64) -> Bool { condition.withLock { writtenPosition >= position } }

  /// Calls `action` after each write. Before `start`.
  func onWritten(_ action: @escaping @Sendable () -> Void) { condition.withLock { writtenListener = action } }

  // MARK: Sinks

  func cursor(of sink: Int) -> Int64 { condition.withLock { cursors[sink] } }

  /// Alerts for a sink, and the position up to which it has seen everything that there is.
  struct Portion {
    var alerts: [JournaledAlert]
    var end: Int64
  }

  /// The alerts behind the cursor of a sink, at most so many: those that are written or, while the journal cannot be
  /// written, all. What is not there any more is passed over and counted.
  func alerts(for sink: Int, limit: Int) throws(JournalError) -> Portion {
    let (cursor, written, recent): (Int64, Int64, [JournaledAlert]?) = condition.withLock {
      let cursor = cursors[sink]
      guard let first = tail.first?.position, cursor + 1 >= first else { return (cursor, writtenPosition, nil) }
      let last = state.fault == nil ? writtenPosition : lastPosition
      let count = min(limit, Int(max(0, last - cursor)))
      return (cursor, writtenPosition, Array(tail.dropFirst(Int(cursor + 1 - first)).prefix(count)))
    }
    if let recent { return Portion(alerts: recent, end: recent.last?.position ?? cursor) }
    let page = try journal.read(after: cursor, limit: limit)
    let end = page.rows < limit ? max(written, page.last ?? cursor) : page.last ?? cursor
    let missing = Int(end - cursor) - page.alerts.count
    if missing > 0 {
      condition.withLock { state.lost += UInt64(missing) }
      logger.error("journal: \(missing) alerts for sink \(sinks[sink]) are not there any more, or cannot be read")
    }
    return Portion(alerts: page.alerts, end: end)
  }

  /// The sink has had everything up to the position.
  func advance(sink: Int, to position: Int64) {
    condition.withLock {
      guard position > cursors[sink] else { return }
      cursors[sink] = position
      movedSinks.insert(sink)
      condition.broadcast()
    }
  }

  func add(_ letters: [DeadLetter]) {
    guard !letters.isEmpty else { return }
    condition.withLock {
      deadLetters += letters
      condition.broadcast()
    }
  }

  /// Alerts that the sink has yet to be given.
  func waiting(for sink: Int) -> Int {
    condition.withLock {
      // What was never written waits nowhere once the run is over.
      cursors.indices.contains(sink) ? Int(max(0, (hasEnded ? writtenPosition : lastPosition) - cursors[sink])) : 0
    }
  }

  var counts: JournalCounts { condition.withLock { state } }

  // MARK: The writing thread

  private func writeAll() {
    var nextTrim = Date.distantPast
    var delay = 0.1
    var needsNewFile = false
    while let change = nextChange(until: nextTrim) {
      do throws(JournalError) {
        if needsNewFile {
          try startNewFile()
          needsNewFile = false
        } else if change.isEmpty {
          nextTrim = Date(timeIntervalSinceNow: AlertLog.trimInterval)
          try trim()
        } else {
          try journal.write(change)
          confirm(change)
        }
        delay = 0.1
      } catch {
        needsNewFile = needsNewFile || error.remedy == .renew
        guard reportFailure(error, of: change) else { break }
        pause(delay)
        delay = min(delay * 2, 5)
      }
    }
    condition.withLock {
      hasEnded = true
      condition.broadcast()
    }
  }

  /// Waits for something to write; an empty change when it is time to trim, nil at the end.
  private func nextChange(until deadline: Date) -> JournalChange? {
    condition.lock()
    defer { condition.unlock() }
    while lastPosition == writtenPosition, movedSinks.isEmpty, deadLetters.isEmpty {
      if isEnding { return nil }
      if !condition.wait(until: deadline) { return JournalChange() }
    }
    var change = JournalChange()
    change.alerts = Array(tail.suffix(Int(lastPosition - writtenPosition)))
    for sink in movedSinks { change.cursors[sinks[sink]] = cursors[sink] }
    change.deadLetters = deadLetters
    return change
  }

  private func confirm(_ change: JournalChange) {
    condition.lock()
    if state.fault != nil { logger.notice("journal: can be written again") }
    state.fault = nil
    state.written += UInt64(change.alerts.count)
    writtenPosition = change.alerts.last?.position ?? writtenPosition
    deadLetters.removeFirst(change.deadLetters.count)
    for sink in movedSinks where change.cursors[sinks[sink]] == cursors[sink] { movedSinks.remove(sink) }
    if tail.count >= 2 * AlertLog.tailCapacity {
      let unwritten = Int(lastPosition - writtenPosition)
      tail.removeFirst(tail.count - max(AlertLog.tailCapacity, unwritten))
    }
    let position = writtenPosition
    condition.broadcast()
    condition.unlock()
    guard !change.alerts.isEmpty else { return }
    for listener in listeners { listener(position) }
    writtenListener?()
  }

  /// Announces what could not be written: it is delivered from memory. False when there is no use in going on.
  private func reportFailure(_ error: JournalError, of change: JournalChange) -> Bool {
    condition.lock()
    let isNew = state.fault != error.reason
    state.fault = error.reason
    state.failures += 1
    let (position, isEnding) = (lastPosition, isEnding)
    condition.broadcast()
    condition.unlock()
    if isNew { logger.error("journal: \(error.reason); alerts are delivered from memory until it can be written") }
    for listener in listeners { listener(position) }
    return !isEnding
  }

  private func pause(_ seconds: Double) {
    let deadline = Date(timeIntervalSinceNow: seconds)
    condition.lock()
    while !isEnding, condition.wait(until: deadline) {}
    condition.unlock()
  }

  /// What is in memory goes into the new file; what a sink still waited for and is not in memory is lost.
  private func startNewFile() throws(JournalError) {
    let (known, first): ([String: Int64], Int64) = condition.withLock {
      (Dictionary(zip(sinks, cursors), uniquingKeysWith: max), tail.first?.position ?? lastPosition + 1)
    }
    try journal.renew(cursors: known)
    condition.withLock { writtenPosition = min(writtenPosition, first - 1) }
    logger.error("journal: begun anew with the newest \(newestPosition - first + 1) alerts")
  }

  private func trim() throws(JournalError) {
    let delivered = condition.withLock { cursors.min() ?? lastPosition }
    guard try journal.trim(delivered: delivered) != nil else { return }
    logger.error("journal: it has no more room, so alerts went that a sink still waited for")
  }
}
