import ArbdFramework
import ArbdSinks
import ArbdTransport
import ArgumentParser
import Foundation

struct AlertsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "alerts", abstract: "Shows the alerts that an SQLite sink has kept, oldest first.")

  @Option(help: ArgumentHelp("The configuration whose first SQLite sink is meant.", valueName: "file"))
  var config: String?

  @Option(help: ArgumentHelp("The database itself, in place of a configuration.", valueName: "file"))
  var database: String?

  @Option(help: ArgumentHelp("Only those detected within this time until now, as in 1h.", valueName: "duration"))
  var since: TimeLimit?

  @Option(help: ArgumentHelp("Only those of this detector.", valueName: "name"))
  var detector: String?

  @Flag(help: "As JSON lines, as the jsonl sink writes them.")
  var json = false

  @Flag(help: "As CSV, a row for each alert.")
  var csv = false

  @Flag(help: "Goes on with those that come, until it is stopped.")
  var follow = false

  func validate() throws {
    if (config == nil) == (database == nil) { throw ValidationError("give either --config or --database") }
    if json, csv { throw ValidationError("--json and --csv exclude one another") }
  }

  func run() async throws {
    let path = try database ?? databaseOfConfig()
    do {
      try await show(path)
    } catch let error as AlertDatabase.Failure {
      printError("error: \(error)")
      throw ExitCode(1)
    }
  }

  private func show(_ path: String) async throws {
    var database = try AlertDatabase(path: path)
    var query = AlertDatabase.Query()
    query.detector = detector
    query.since = since.map { Timestamp.systemClock.earlier(by: $0.duration) }
    let format = AlertListing(json ? .json : csv ? .csv : .text)
    try printOutput(format.heading)
    var page = try database.page(query)
    var trouble: String?
    while true {
      query.after = page.last
      try printOutput(page.alerts.map(format.line).joined())
      if page.alerts.count < query.limit {
        guard follow, (try? await Task.sleep(for: .milliseconds(500))) != nil else { return }
      }
      do throws(AlertDatabase.Failure) {
        if !database.isInPlace, FileManager.default.fileExists(atPath: path) {
          database = try AlertDatabase(path: path)
          query.after = 0
          printError("\(path) was deleted or replaced; the one that is there now is followed")
        }
        page = try database.page(query)
        trouble = nil
      } catch {
        // The sink may be about to make it.
        guard follow else { throw error }
        if trouble != error.description { printError("\(path): \(error)") }
        trouble = error.description
        page = AlertDatabase.Page(alerts: [], last: query.after)
      }
    }
  }

  private func databaseOfConfig() throws -> String {
    var file = ConfigurationFile()
    file.config = config ?? ""
    let configuration = try file.load()
    for sink in configuration.sinks {
      if let options = sink.options as? SQLiteOptions { return options.path }
    }
    printError("\(file.config): error: no sink is of type \"sqlite\"")
    throw ExitCode(1)
  }
}

extension Timestamp {
  fileprivate func earlier(by duration: Duration) -> Timestamp {
    let (seconds, attoseconds) = duration.components
    return Timestamp(microseconds: microseconds - seconds * 1_000_000 - attoseconds / 1_000_000_000_000)
  }
}
