public import ArbdFramework
package import ArbdTerminal
internal import Foundation
internal import Logging
internal import Synchronization

/// A dashboard on the program's terminal. Where standard output is none, it is a `console` sink.
///
/// It looks at the run by way of a feed, which whoever makes the run attaches; without one it is a `console` sink as well.
public final class TerminalSink: RunObserver {
  public static let name = "terminal"
  public static let summary = "Shows prices, spreads, alerts and the state of the run on the terminal."
  public static let accepts: Set<Record.Kind> = [.alert, .status]

  private struct State {
    var feed: DashboardFeed?
    var filter: RecordFilter?
    var subscription: Int?
    var viewer: TerminalViewer?
  }

  private let options: TerminalOptions
  private let console: ConsoleSink
  /// Why no screen can be shown.
  private let obstacle: String?
  private let logger: Logger
  private let state = Mutex(State())

  public init(options: TerminalOptions, context: PluginContext) {
    self.options = options
    var console = ConsoleOptions()
    console.color = options.color
    self.console = ConsoleSink(options: console, context: context)
    logger = context.logger
    obstacle = TerminalKind.obstacle
  }

  package var observesRun: Bool { obstacle == nil }

  /// The run that it shows. Before `connect`.
  package func attach(_ feed: DashboardFeed, filter: FilterOptions?) {
    state.withLock { state in
      state.feed = feed
      state.filter = filter.map { RecordFilter($0) }
    }
  }

  public func connect() async throws(DeliveryError) {
    if let obstacle { logger.notice("\(obstacle), so the sink terminal is a console") }
    guard obstacle == nil, let feed = state.withLock({ $0.feed }) else { return try await console.connect() }
    let now = { @Sendable [source = feed.source] in source.now().microseconds }
    let viewer = TerminalViewer(settings, now: now) { [logger] wish in
      if case .vanished = wish { logger.notice("the terminal is gone") }
      feed.stopRun()
    }
    feed.source.log.hold()
    guard viewer.start() else {
      release(feed.source.log)
      throw DeliveryError("ncurses cannot use this terminal, or another sink has it", verdict: .stop)
    }
    let subscription = feed.subscribe { [weak self] update, _ in self?.show(update, viewer) }
    state.withLock { state in
      state.viewer = viewer
      state.subscription = subscription
    }
  }

  public func deliver(_ batch: [Record]) async throws(DeliveryError) {
    guard state.withLock({ $0.viewer == nil }) else { return }
    try await console.deliver(batch)
  }

  public func close() async {
    let (viewer, feed, subscription) = state.withLock { state in
      defer { state.viewer = nil }
      return (state.viewer, state.feed, state.subscription)
    }
    guard let viewer, let feed else { return await console.close() }
    if let subscription { feed.unsubscribe(subscription) }
    viewer.end()
    release(feed.source.log)
  }

  private var settings: TerminalViewer.Settings {
    var settings = TerminalViewer.Settings()
    settings.isUTC = options.times == .utc
    settings.hasColor =
      switch options.color {
      case .always: true
      case .never: false
      case .automatic: !TerminalKind.hasNoColor
      }
    settings.hasMouse = options.mouse
    settings.rings = options.bell
    settings.notifies = options.notification
    settings.staleAfter = options.staleAfter / .seconds(1)
    settings.endsRun = true
    return settings
  }

  /// On the feed's thread.
  private func show(_ update: DashboardUpdate, _ viewer: TerminalViewer) {
    var update = update
    update.alerts = state.withLock { state in
      update.alerts.filter { state.filter?.admits(.alert($0.alert)) ?? true }
    }
    viewer.apply(update)
  }

  /// What was logged while the screen was up is said now, as far as it matters.
  private func release(_ log: LogTail) {
    let text = log.release().map { "\(Timestamp(microseconds: $0.time)) \($0.level) arbd: \($0.text.printable)\n" }
    try? FileHandle.standardError.write(contentsOf: Data(text.joined().utf8))
  }
}
