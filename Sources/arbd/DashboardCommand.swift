import ArbdFramework
import ArbdOperations
import ArbdTerminal
import ArgumentParser
import Foundation
import Logging
import UnixSignals

struct DashboardCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dashboard", abstract: "Shows a daemon that runs elsewhere on this machine, or a replay.",
    discussion: """
      A daemon can be looked at where its configuration has "control": {"path": …}. A replay takes the detectors, fees and \
      adapters of --config; a file of records can be shown without one, with a spread detector for each base asset.
      """)

  @Option(help: ArgumentHelp("The control socket of a daemon.", valueName: "path"))
  var attach: String?

  @Option(help: ArgumentHelp("A capture, or a file of records.", valueName: "file"))
  var replay: String?

  @Option(help: ArgumentHelp("How fast to replay: a factor of real time, or max.", valueName: "factor"))
  var speed = "1"

  @Option(help: ArgumentHelp("The configuration to replay with.", valueName: "file"))
  var config: String?

  @Flag(help: "Times are local ones.")
  var localTime = false

  @Flag(help: "An alert rings the bell.")
  var bell = false

  func validate() throws {
    guard (attach == nil) != (replay == nil) else {
      throw ValidationError("Say what to show: --attach PATH of a daemon's control socket, or --replay FILE.")
    }
    if attach != nil, config != nil { throw ValidationError("--config is for --replay: a daemon has its own.") }
  }

  func run() async throws {
    if let attach {
      try await show(daemonAt: attach)
    } else if let replay {
      let configuration = try ReplayConfiguration(replay, speed: speed, config: config).load(
        sink: ["times": localTime ? "local" : "utc", "bell": bell])
      try await Daemon(configuration, name: config ?? replay, logLevel: LogLevel(.notice))
        .run(staysAtEnd: TerminalKind.obstacle == nil)
    }
  }

  private func show(daemonAt path: String) async throws {
    signal(SIGPIPE, SIG_IGN)
    if let obstacle = TerminalKind.obstacle {
      printError("error: a dashboard needs a terminal: \(obstacle)")
      throw ExitCode(1)
    }
    var settings = TerminalViewer.Settings()
    settings.isUTC = !localTime
    settings.rings = bell
    settings.hasColor = !TerminalKind.hasNoColor
    do {
      try await AttachedDashboard(path, settings).show()
    } catch {
      printError("error: \(error)")
      throw ExitCode(1)
    }
  }
}
