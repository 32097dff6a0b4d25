import ArbdFramework
import ArbdOperations
import ArbdTerminal
import ArbdTransport
import Foundation
import Synchronization
import UnixSignals

/// A dashboard of a daemon in another process. When the daemon goes it stays, and shows the next one.
final class AttachedDashboard: Sendable {
  private let path: String
  private let settings: TerminalViewer.Settings
  private let client: Mutex<ControlClient?>
  private let isOver = Atomic(false)

  /// Throws when nobody is there: later on that is waited for.
  init(_ path: String, _ settings: TerminalViewer.Settings) throws {
    self.path = path
    self.settings = settings
    let first = try ControlClient(path: path)
    client = Mutex(first)
  }

  /// Returns when the person has enough of it.
  func show() async throws {
    let first = client.withLock { $0 }
    if let first { try await inThread { try AttachedDashboard.greet(first) } }
    let (leaving, leave) = AsyncStream<Void>.makeStream()
    let now = { @Sendable in Timestamp.systemClock.microseconds }
    let viewer = TerminalViewer(settings, now: now) { _ in leave.finish() }
    guard viewer.start() else {
      throw ControlError(path: path, reason: "ncurses cannot use this terminal")
    }
    let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm, .sighup)
    let watch = Task {
      for await _ in signals { leave.finish() }
    }
    let thread = Thread { self.follow(first, viewer) }
    thread.name = "arbd attach"
    thread.start()
    for await _ in leaving {}
    isOver.store(true, ordering: .relaxed)
    client.withLock { $0?.cancel() }
    watch.cancel()
    viewer.end()
  }

  private static func greet(_ client: ControlClient) throws {
    guard let line = try client.nextLine() else { throw DashboardLine.Fault(description: "the daemon is ending") }
    try DashboardLine.check(greeting: line)
  }

  private func inThread(_ work: @escaping @Sendable () throws -> Void) async throws {
    try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
      Thread.detachNewThread { continuation.resume(with: Result { try work() }) }
    }
  }

  // MARK: The reading thread

  private func follow(_ first: ControlClient?, _ viewer: TerminalViewer) {
    var current = first
    while !isOver.load(ordering: .relaxed) {
      if let current { read(current, viewer) }
      guard !isOver.load(ordering: .relaxed) else { return }
      viewer.say("No daemon at \(path) any more; waiting for it")
      current = connect()
      if current != nil { viewer.forget() }
    }
  }

  /// Until the connection ends.
  private func read(_ client: ControlClient, _ viewer: TerminalViewer) {
    do {
      while let line = try client.nextLine() { viewer.apply(try DashboardLine.decode(line)) }
    } catch {
      viewer.say("\(error)")
    }
  }

  private func connect() -> ControlClient? {
    Thread.sleep(forTimeInterval: 0.5)
    guard let next = try? ControlClient(path: path), (try? AttachedDashboard.greet(next)) != nil else { return nil }
    client.withLock { $0 = next }
    return next
  }
}
