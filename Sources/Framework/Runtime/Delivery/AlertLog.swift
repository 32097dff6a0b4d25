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

  private let journal: any AlertJournal
  private let trimInterval: Duration
  private let logger: Logger
  private let sinks: [String]
  private let condition = Condition()
  /// The newest alerts, positions without gaps; all that are not written are here.
  private var tail: [JournaledAlert] = []
  private var lastPosition: Int64 = 0
  private var writtenPosition: Int64 = 0
  /// Sinks were told that they may read up to here, in an outage also of what is not written.
  private var announcedPosition: Int64 = 0
  private var cursors: [Int64] = []
  private var movedSinks: Set<Int> = []
  private var deadLetters: [DeadLetter] = []
  private var state = JournalCounts()
  /// The file is of no use any more.
  private var needsNewFile = false
  private var isEnding = false
  private var isAbandoned = false
  /// The writing thread is not there: not yet, or no more.
  private var hasEnded = true
  /// Told of each position up to which sinks may read.
  private var listeners: [@Sendable (Int64) -> Void] = []
  private var writtenListener: (@Sendable () -> Void)?

  /// `trimInterval`: between looks for what may go from the journal.
  init(_ journal: any AlertJournal, sinks: [String], logger: Logger, trimInterval: Duration = .seconds(60)) {
    self.journal = journal
    self.trimInterval = trimInterval
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
    // Nobody waits for the next attempt to write.
    let announced = state.fault == nil ? nil : lastPosition
    if let announced { announcedPosition = announced }
    condition.broadcast()
    condition.unlock()
    if let announced { for listener in listeners { listener(announced) } }
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
    let (cursor, inFile, recent): (Int64, Int64, [JournaledAlert]?) = condition.withLock {
      let cursor = cursors[sink]
      let first = tail.first?.position ?? lastPosition + 1
      // What is in memory is never looked for in the file, which may be a new one by then.
      guard cursor + 1 >= first else { return (cursor, min(writtenPosition, first - 1), nil) }
      let last = max(writtenPosition, announcedPosition)
      let count = min(limit, Int(max(0, last - cursor)))
      return (cursor, cursor, Array(tail.dropFirst(Int(cursor + 1 - first)).prefix(count)))
    }
    if let recent { return Portion(alerts: recent, end: recent.last?.position ?? cursor) }
    let page = try read(after: cursor, limit: limit)
    let end = page.rows < limit ? max(inFile, page.last ?? cursor) : page.last ?? cursor
    let missing = Int(end - cursor) - page.alerts.count
    if missing > 0 {
      condition.withLock { state.lost += UInt64(missing) }
      logger.error("journal: \(missing) alerts for sink \(sinks[sink]) are not there any more, or cannot be read")
    }
    return Portion(alerts: page.alerts, end: end)
  }

  /// Damage that a reader meets may be where the writer never comes by.
  private func read(after cursor: Int64, limit: Int) throws(JournalError) -> JournalPage {
    do {
      return try journal.read(after: cursor, limit: limit)
    } catch {
      if error.remedy == .renew {
        condition.withLock {
          needsNewFile = true
          condition.broadcast()
        }
      }
      throw error
    }
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
    var nextTrim = ContinuousClock.now
    var delay = Duration.milliseconds(100)
    while let change = nextChange(until: nextTrim) {
      do throws(JournalError) {
        if condition.withLock({ needsNewFile }) {
          try startNewFile()
        } else {
          if nextTrim <= .now {
            nextTrim = .now + trimInterval
            trim()
          }
          if !change.isEmpty {
            try journal.write(change)
            confirm(change)
          }
        }
        delay = .milliseconds(100)
      } catch {
        guard reportFailure(error) else { break }
        pause(delay)
        delay = min(delay * 2, .seconds(5))
      }
    }
    condition.withLock {
      hasEnded = true
      condition.broadcast()
    }
  }

  /// Waits for something to do; an empty change when it is no writing, nil at the end.
  private func nextChange(until deadline: ContinuousClock.Instant) -> JournalChange? {
    condition.lock()
    defer { condition.unlock() }
    while lastPosition == writtenPosition, movedSinks.isEmpty, deadLetters.isEmpty {
      if isEnding { return nil }
      if needsNewFile || !condition.wait(until: deadline) { return JournalChange() }
    }
    var change = JournalChange()
    change.alerts = Array(tail.suffix(Int(lastPosition - writtenPosition)))
    for sink in movedSinks { change.cursors[sinks[sink]] = cursors[sink] }
    change.deadLetters = deadLetters
    return change
  }

  private func confirm(_ change: JournalChange) {
    condition.lock()
    endOutage()
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
  private func reportFailure(_ error: JournalError) -> Bool {
    condition.lock()
    if error.remedy == .renew { needsNewFile = true }
    let isNew = state.fault != error.reason
    state.fault = error.reason
    state.failures += 1
    let (position, isEnding) = (lastPosition, isEnding)
    announcedPosition = position
    condition.broadcast()
    condition.unlock()
    if isNew { logger.error("journal: \(error.reason); alerts are delivered from memory until it can be written") }
    for listener in listeners { listener(position) }
    return !isEnding
  }

  /// Under the lock.
  private func endOutage() {
    guard state.fault != nil else { return }
    logger.notice("journal: can be written again")
    state.fault = nil
  }

  private func pause(_ time: Duration) {
    let deadline = ContinuousClock.now + time
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
    let count = condition.withLock {
      needsNewFile = false
      announcedPosition = max(announcedPosition, writtenPosition)
      writtenPosition = min(writtenPosition, first - 1)
      if writtenPosition == lastPosition { endOutage() }
      return lastPosition - writtenPosition
    }
    logger.error("journal: begun anew with the newest \(count) alerts")
  }

  /// A file that cannot be trimmed now may well be written.
  private func trim() {
    let delivered = condition.withLock { cursors.min() ?? lastPosition }
    do throws(JournalError) {
      guard try journal.trim(delivered: delivered) != nil else { return }
      logger.error("journal: it has no more room, so alerts went that a sink still waited for")
    } catch {
      condition.withLock {
        needsNewFile = needsNewFile || error.remedy == .renew
        state.failures += 1
      }
      logger.warning("journal: what is old stays for now: \(error.reason)")
    }
  }
}
