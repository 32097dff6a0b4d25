import ArbdFramework
import ArbdOperations
import ArbdTerminal
import Logging
import Synchronization

/// The control socket of a run: tells dashboards of other processes what the feed says, while there are any.
final class ControlEndpoint: Sendable {
  private let feed: DashboardFeed
  private let server = Mutex<ControlServer?>(nil)
  private let subscription = Mutex<Int?>(nil)

  /// Takes the socket; throws when somebody else has it.
  init(_ options: ControlOptions, _ feed: DashboardFeed, logger: Logger) throws(ControlError) {
    self.feed = feed
    let server = try ControlServer(path: options.path, logger: logger) { [weak self] areThere in
      if areThere { self?.subscribe() } else { self?.unsubscribe() }
    }
    server.start()
    self.server.withLock { $0 = server }
    logger.notice("control: arbd dashboard --attach \(options.path)")
  }

  /// After the feed's end.
  func stop() {
    let server = server.withLock { server in
      defer { server = nil }
      return server
    }
    server?.stop()
  }

  private func subscribe() {
    let number = feed.subscribe { [weak self] update, all in
      guard let server = self?.server.withLock({ $0 }) else { return }
      server.publish(DashboardLine.encode(update)) {
        DashboardLine.greeting(program: Version.text) + DashboardLine.encode(all: all())
      }
    }
    subscription.withLock { $0 = number }
  }

  private func unsubscribe() {
    let number = subscription.withLock { subscription in
      defer { subscription = nil }
      return subscription
    }
    if let number { feed.unsubscribe(number) }
  }
}
