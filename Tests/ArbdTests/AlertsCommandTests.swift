import Foundation
import Testing

/// `arbd alerts` on the database of a replay that finds five alerts of one detector and two of another.
@Suite(.timeLimit(.minutes(5))) struct AlertsCommandTests {
  private let daemon: Daemon

  init() throws { daemon = try Daemon() }

  private func replay() async throws {
    try daemon.replay(into: [["type": "sqlite", "path": "alerts.sqlite"], ["type": "jsonl", "path": "alerts.jsonl"]])
    let result = try await daemon.run("--config", "config.json")
    try #require(result.status == 0, "\(result.errors)")
  }

  private func lines(_ arguments: String...) async throws -> [String] {
    let result = try await daemon.start(["alerts"] + arguments).result()
    #expect(result.status == 0, "\(result.errors)")
    return result.text.split(separator: "\n").map(String.init)
  }

  @Test func showsThemInEveryForm() async throws {
    try await replay()
    let written = try daemon.lines("alerts.jsonl")
    try #require(written.count == 7)
    #expect(try await lines("--database", "alerts.sqlite", "--json") == written)
    #expect(try await lines("--config", "config.json", "--json") == written)

    let text = try await lines("--database", "alerts.sqlite")
    #expect(text.count == 7 && text.count { $0.contains("triangle") } == 2)
    #expect(
      try await lines("--database", "alerts.sqlite", "--detector", "triangle")
        == text.filter { $0.contains("triangle") })
    #expect(try await lines("--database", "alerts.sqlite", "--detector", "nobody").isEmpty)

    let rows = try await lines("--database", "alerts.sqlite", "--csv")
    let names = try #require(rows.first).split(separator: ",")
    #expect(rows.count == 8 && names.contains("detector") && names.contains("net_bps"))

    // Of the first day of 2026.
    #expect(try await lines("--database", "alerts.sqlite", "--since", "1s").isEmpty)
  }

  @Test(arguments: [
    (["--database", "gone.sqlite"], 1, "gone.sqlite: no such file"), (["--json"], 64, "either --config or --database"),
    (["--database", "a", "--json", "--csv"], 64, "exclude one another"),
    (["--database", "a", "--since", "yesterday"], 64, "--since"),
  ])
  func saysWhatIsWrong(arguments: [String], status: Int32, words: String) async throws {
    let result = try await daemon.start(["alerts"] + arguments).result()
    #expect(result.status == status && result.errors.contains(words), "\(result.errors)")
  }

  @Test func aFileThatIsNoDatabaseIsNone() async throws {
    try daemon.file("text.sqlite", String(repeating: "not a database ", count: 100))
    let result = try await daemon.run("alerts", "--database", "text.sqlite")
    #expect(result.status == 1 && result.errors.contains("not a database"), "\(result.errors)")
  }

  @Test func aJournalIsNoSinksDatabase() async throws {
    try daemon.file("records.jsonl", Record.trade(1, at: 1) + "\n")
    try daemon.file(
      "config.json",
      Record.configuration(path: "records.jsonl", sinks: #"{"type":"console"}"#).replacing(
        #"{"sources""#, with: #"{"state":{"path":"state"},"sources""#))
    #expect(try await daemon.run("--config", "config.json").status == 0)
    let result = try await daemon.run("alerts", "--database", "state/journal.sqlite")
    #expect(result.status == 1 && result.errors.contains("no database of an sqlite sink"), "\(result.errors)")
  }

  /// Also into a database that takes the place of one that was deleted.
  @Test func followsWhatComes() async throws {
    try await replay()
    let following = try daemon.start(["alerts", "--database", "alerts.sqlite", "--json", "--follow"])
    func shown() -> Int { following.outputSoFar.count { $0 == "\n" } }
    try await following.wait("what is there") { shown() == 7 }
    for end in ["", "-wal", "-shm"] {
      try? FileManager.default.removeItem(atPath: daemon.path("alerts.sqlite" + end))
    }
    try await replay()
    try await following.wait("what came") { shown() == 14 }
    #expect(following.errorsSoFar.contains("alerts.sqlite was deleted or replaced"))
    following.send(SIGINT)
    _ = try await following.result()
    let written = try daemon.lines("alerts.jsonl")
    #expect(following.outputSoFar.split(separator: "\n").map(String.init) == written)
  }
}
