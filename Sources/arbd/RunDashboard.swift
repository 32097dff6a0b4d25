import ArbdFramework
import ArbdOperations
import ArbdSinks
import ArbdTerminal
import ArbdTransport
import Foundation
import Logging

/// What shows a run to people while it goes on.
struct RunDashboard {
  /// Nil where nobody looks.
  let feed: DashboardFeed?
  private let control: ControlEndpoint?

  /// Attaches the sinks that look, and opens the control socket. Before the run.
  init(_ run: Run, _ configuration: Configuration, path: String, logger: Logger) throws(ControlError) {
    guard !run.observers.isEmpty || configuration.control != nil else {
      feed = nil
      control = nil
      return
    }
    let source = DashboardSource(
      configuration, name: URL(fileURLWithPath: path).lastPathComponent, version: Version.text,
      log: TerminalLogHandler.tail,
      process: {
        let status = ProcessStatus.current(startTime: 0)
        return ProcessRow(cpuSeconds: status.cpuSeconds, residentBytes: status.residentBytes)
      }, now: { .systemClock })
    let feed = DashboardFeed(run.observe(), source)
    for case (let terminal as TerminalSink, let options) in run.observers {
      terminal.attach(feed, filter: options.filter)
    }
    self.feed = feed
    if let options = configuration.control {
      control = try ControlEndpoint(options, feed, logger: logger)
    } else {
      control = nil
    }
  }

  /// After the run.
  func end() {
    feed?.end()
    control?.stop()
  }
}
