import Foundation
import Testing

/// Programs that a daemon runs, and their end with it.
@Suite struct ProcessTests {
  private let daemon: Daemon

  init() throws { daemon = try Daemon() }

  private static func isGone(_ process: String) -> Bool {
    guard let status = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8) else { return true }
    // What nobody has asked for is no more than a status.
    return status.split(separator: ")").last?.split(separator: " ").first == "Z"
  }

  /// Neither the program nor what it has started itself outlives a daemon, however that ends.
  @Test(arguments: [SIGTERM, SIGKILL])
  func nothingOutlivesTheDaemon(_ signal: Int32) async throws {
    try daemon.file(
      "program.sh",
      #"""
      trap '' TERM
      read -r request
      echo '{"arbd":1}'
      sh -c 'trap "" TERM; echo $$ > child; while :; do sleep 1; done' &
      echo $$ > program
      while :; do sleep 1; done
      """#)
    try daemon.file(
      "config.json",
      #"""
      {"sources":[{"type":"process","command":["sh","program.sh"],"instruments":["BTC-USDT"],"grace":"100ms"}],
       "sinks":[\#(Record.toStandardOutput)]}
      """#)
    let run = try daemon.start(["--config", "config.json"])
    let daemon = daemon
    func ids() -> [String] { ["child", "program"].compactMap { (try? daemon.lines($0))?.first } }
    try await run.wait("the program") { ids().count == 2 }
    let processes = ids()
    #expect(processes.allSatisfy { !Self.isGone($0) })
    run.send(signal)
    _ = try await run.result()
    try await run.wait("the end of \(processes)") { processes.allSatisfy(Self.isGone) }
  }

  @Test func alertsReachAProgramThatIsASink() async throws {
    try daemon.file(
      "sink.sh",
      #"""
      read -r request
      echo '{"arbd":1}'
      while read -r line; do
        case $line in
          '{"batch":'*) n=${line#*:}; echo "{\"batch\":${n%%,*}}" ;;
          *) printf '%s\n' "$line" >> out.jsonl ;;
        esac
      done
      """#)
    try daemon.file(
      "config.json",
      Record.configuration(
        path: "records.jsonl", sinks: #"{"type":"process","command":["sh","sink.sh"],"records":["trades"]}"#))
    try daemon.file("records.jsonl", (1...100).map { Record.trade($0, at: $0) + "\n" }.joined())
    let result = try await daemon.run("--config", "config.json")
    #expect(result.status == 0, "\(result.errors)")
    #expect(try daemon.lines("out.jsonl") == (1...100).map { Record.trade($0, at: $0) })
  }
}
