import Foundation
import GRDB
import Synchronization
import Testing

@testable import ArbdFramework
@testable import ArbdStorage

@Suite struct SQLiteJournalTests {
  private let folder = TemporaryFolder()

  private let clock = Clock()

  /// What the machine's clock says, in seconds.
  private final class Clock: Sendable {
    let seconds = Mutex<Int64>(1_700_000_000)
    var now: Timestamp { Timestamp(microseconds: seconds.withLock { $0 } * 1_000_000) }
  }

  private func journal(_ change: (inout StateOptions) -> Void = { _ in }) -> SQLiteJournal {
    var options = StateOptions()
    options.path = folder.path
    change(&options)
    return SQLiteJournal(options, now: { [clock] in clock.now })
  }

  private func change(alerts: ClosedRange<Int>, cursors: [String: Int64] = [:]) -> JournalChange {
    var change = JournalChange()
    change.alerts = alerts.map { JournaledAlert(position: Int64($0), alert: .sample($0)) }
    change.cursors = cursors
    return change
  }

  @Test func alertsComeBackAsTheyWere() throws {
    let first = journal()
    #expect(try first.open(sinks: ["a", "b"]) == JournalState(lastPosition: 0, cursors: ["a": 0, "b": 0]))
    try first.write(change(alerts: 1...3, cursors: ["a": 2]))
    first.close()

    let second = journal()
    let state = try second.open(sinks: ["a", "b", "new"])
    #expect(state == JournalState(lastPosition: 3, cursors: ["a": 2, "b": 0, "new": 3]))
    let read = try second.read(after: 0, limit: 2).alerts
    #expect(read.map(\.position) == [1, 2])
    #expect(read.map(\.alert) == [.sample(1), .sample(2)])
    #expect(try second.read(after: 3, limit: 2) == JournalPage(alerts: [], last: nil, rows: 0))
  }

  @Test func oneProcessHoldsAFolder() throws {
    let first = journal()
    _ = try first.open(sinks: [])
    let error = #expect(throws: JournalError.self) { try self.journal().open(sinks: []) }
    #expect(error?.remedy == .stop)
    #expect(error?.reason.contains("in use by process \(getpid())") == true)
    first.close()
    #expect(throws: Never.self) { try self.journal().open(sinks: []) }
  }

  @Test func aDamagedFileIsRefusedWithAWayOut() throws {
    try Data(repeating: 7, count: 8_192).write(to: URL(fileURLWithPath: folder.path + "/journal.sqlite"))
    let error = #expect(throws: JournalError.self) { try self.journal().open(sinks: []) }
    #expect(error?.reason.contains("move it away") == true)
    #expect(error?.remedy == .stop)
  }

  @Test func aDeletedFileIsNoticedAndBegunAnew() throws {
    let journal = journal()
    _ = try journal.open(sinks: ["a"])
    try journal.write(change(alerts: 1...2))
    try FileManager.default.removeItem(atPath: folder.path + "/journal.sqlite")
    let error = #expect(throws: JournalError.self) { try journal.write(self.change(alerts: 3...3)) }
    #expect(error?.remedy == .renew)
    try journal.renew(cursors: ["a": 1])
    try journal.write(change(alerts: 2...3))
    journal.close()
    #expect(try self.journal().open(sinks: ["a"]) == JournalState(lastPosition: 3, cursors: ["a": 1]))
  }

  @Test func whatIsNotDeliveredStaysWhateverItsAge() throws {
    let journal = journal { $0.keep.age = .milliseconds(1) }
    _ = try journal.open(sinks: ["a"])
    try journal.write(change(alerts: 1...4))
    // All were written at the same moment, so none is older than it.
    #expect(try journal.trim(delivered: 4) == nil)
    #expect(try journal.read(after: 0, limit: 10).alerts.count == 4)
    clock.seconds.withLock { $0 += 100 }
    #expect(try journal.trim(delivered: 2) == nil)
    #expect(try journal.read(after: 0, limit: 10).alerts.map(\.position) == [3, 4])
  }

  @Test func whoHasAFolderIsSaidWithoutTakingIt() throws {
    #expect(StateFolder.obstacle(at: folder.path) == nil)
    let journal = journal()
    _ = try journal.open(sinks: ["a"])
    #expect(StateFolder.obstacle(at: folder.path)?.contains("is in use by process") == true)
    journal.close()
    #expect(StateFolder.obstacle(at: folder.path) == nil)
    let file = folder.path + "/journal.sqlite"
    #expect(StateFolder.obstacle(at: file) == "\(file) is no folder")
    #expect(StateFolder.obstacle(at: file + "/deeper")?.hasPrefix("cannot look at ") == true)
    #expect(StateFolder.obstacle(at: folder.path + "/a/b") == nil)
  }

  /// Two runs that number alerts from the same place would write over one another's.
  @Test func withoutItsLockAJournalIsNotWrittenToByTwo() throws {
    let first = journal()
    _ = try first.open(sinks: ["a"])
    try first.write(change(alerts: 1...2))
    let lock = folder.path + "/lock"
    try FileManager.default.removeItem(atPath: lock)
    try first.write(change(alerts: 3...3))
    #expect(FileManager.default.fileExists(atPath: lock), "taken again")
    let error = #expect(throws: JournalError.self) { _ = try journal().open(sinks: ["a"]) }
    #expect(error?.reason.contains("in use by process") == true)

    try FileManager.default.removeItem(atPath: lock)
    let second = journal()
    #expect(try second.open(sinks: ["a"]).lastPosition == 3)
    let refusal = #expect(throws: JournalError.self) { try first.write(change(alerts: 4...4)) }
    #expect(refusal?.remedy == .retry && refusal?.reason.contains("in use by process") == true)
    #expect(throws: JournalError.self) { _ = try first.trim(delivered: 3) }
    try second.write(change(alerts: 4...5))
    second.close()
    // The other run's alerts are set aside, not written over.
    let own = change(alerts: 4...6)
    let trespass = #expect(throws: JournalError.self) { try first.write(own) }
    #expect(trespass?.remedy == .renew)
    try first.renew(cursors: ["a": 3])
    try first.write(own)
    #expect(try first.read(after: 0, limit: 9).alerts.map(\.position) == [4, 5, 6])
    first.close()
    let aside = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter {
      $0.contains(".damaged-") && !$0.hasSuffix("-wal") && !$0.hasSuffix("-shm")
    }
    let kept = try DatabaseQueue(path: folder.path + "/" + (try #require(aside.first)))
    #expect(try kept.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM alerts") } == 5)
  }

  /// A clock that is set by years takes history at most, never what a sink waits for, and not its order.
  @Test(arguments: [Int64(-10), 10]) func aClockThatJumpsCostsNoAlert(years: Int64) throws {
    let journal = journal { $0.keep.age = .seconds(3_600) }
    _ = try journal.open(sinks: ["a"])
    try journal.write(change(alerts: 1...2, cursors: ["a": 1]))
    clock.seconds.withLock { $0 += years * 365 * 86_400 }
    try journal.write(change(alerts: 3...4))
    #expect(try journal.trim(delivered: 1) == nil)
    #expect(try journal.read(after: 1, limit: 10).alerts.map(\.position) == [2, 3, 4])
    clock.seconds.withLock { $0 -= years * 365 * 86_400 }
    try journal.write(change(alerts: 5...5))
    #expect(try journal.trim(delivered: 1) == nil)
    journal.close()
    let next = self.journal { $0.keep.age = .seconds(3_600) }
    #expect(try next.open(sinks: ["a"]) == JournalState(lastPosition: 5, cursors: ["a": 1]))
    #expect(try next.read(after: 1, limit: 10).alerts.map(\.position) == [2, 3, 4, 5])
  }

  @Test func aFullJournalLetsTheOldestGoAndSaysSo() throws {
    let journal = journal { $0.keep.size = ByteCount(bytes: 200_000) }
    _ = try journal.open(sinks: ["a"])
    try journal.write(change(alerts: 1...2_000))
    let last = try #require(try journal.trim(delivered: 0))
    let rest = try journal.read(after: 0, limit: 2_000).alerts
    #expect(rest.first?.position == last + 1 && rest.last?.position == 2_000)
    #expect((200...600).contains(rest.count), "\(rest.count)")
    #expect(try journal.trim(delivered: 0) == nil)
  }

  @Test(arguments: [(Durability.process, 1), (.power, 2)])
  func powerWaitsForTheDisk(durability: Durability, level: Int) throws {
    let database = try JournalSchema.open(folder.path + "/j.sqlite", durability)
    #expect(try database.writeWithoutTransaction { try Int.fetchOne($0, sql: "PRAGMA synchronous") } == level)
  }

  @Test func aRowThatCannotBeReadHoldsNothingUp() throws {
    let journal = journal()
    _ = try journal.open(sinks: ["a"])
    try journal.write(change(alerts: 1...3))
    let database = try DatabaseQueue(path: folder.path + "/journal.sqlite")
    try database.write { try $0.execute(sql: "UPDATE alerts SET body = 'nonsense' WHERE position = 2") }
    let page = try journal.read(after: 0, limit: 10)
    #expect(page.alerts.map(\.position) == [1, 3] && page.last == 3 && page.rows == 3)
  }

  @Test func aFolderThatWasDeletedIsLockedAnew() throws {
    let first = journal()
    _ = try first.open(sinks: ["a"])
    try FileManager.default.removeItem(atPath: folder.path)
    try first.renew(cursors: ["a": 0])
    #expect(throws: JournalError.self) { try self.journal().open(sinks: []) }
    first.close()
  }

  @Test func deadLettersAreKept() throws {
    let journal = journal()
    _ = try journal.open(sinks: ["a"])
    var change = JournalChange()
    change.deadLetters = [DeadLetter(sink: "a", alert: .sample(1), reason: "too large")]
    try journal.write(change)
    let database = try DatabaseQueue(path: folder.path + "/journal.sqlite")
    let row = try database.read { try Row.fetchOne($0, sql: "SELECT sink, alert_id, reason FROM dead_letters") }
    #expect(row?["sink"] == "a" && row?["reason"] == "too large")
    #expect(row?["alert_id"] == Alert.sample(1).id)
  }
}

/// A folder that is gone after the test.
final class TemporaryFolder: Sendable {
  let path: String

  init() {
    path = NSTemporaryDirectory() + "arbd-\(UUID().uuidString)"
    try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}
