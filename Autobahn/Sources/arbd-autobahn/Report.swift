import Foundation

/// By whom the server is told a client apart: the same one, with and without compression.
enum Agent: String, CaseIterable {
  case plain
  case deflate

  var compresses: Bool { self == .deflate }
}

/// What the server found: its `index.json`.
struct Report {
  private struct Case: Decodable {
    let behavior: String
    let behaviorClose: String
  }

  private let agents: [String: [String: Case]]

  init(_ data: Data) throws { agents = try JSONDecoder().decode([String: [String: Case]].self, from: data) }

  /// Names of the groups, as the suite has them.
  private static let groups: KeyValuePairs = [
    1: "framing", 2: "pings and pongs", 3: "reserved bits", 4: "opcodes", 5: "fragmentation", 6: "UTF-8",
    7: "closing", 9: "limits and performance", 10: "automatic fragmentation", 12: "compression of made-up data",
    13: "compression with parameters",
  ]

  private static let compressed: Set = [12, 13]

  /// What the client need not have passed: it is told apart by group and agent.
  private func cases(_ group: Int, _ agent: Agent) -> [(id: String, case: Case)] {
    guard agent.compresses || !Self.compressed.contains(group) else { return [] }
    return (agents[agent.rawValue] ?? [:]).filter { $0.key.hasPrefix("\(group).") }.map { ($0.key, $0.value) }
  }

  private static let passing: Set = ["OK", "INFORMATIONAL"]

  /// The cases that failed, and the groups of which none was run.
  var failures: [String] {
    var failures: [String] = []
    for agent in Agent.allCases {
      for group in Self.groups where agent.compresses || !Self.compressed.contains(group.key) {
        let cases = cases(group.key, agent)
        if cases.isEmpty { failures.append("\(agent.rawValue) \(group.key): no case was run") }
        for (id, result) in cases.sorted(by: { $0.id.compare($1.id, options: .numeric) == .orderedAscending })
        where !Self.passing.contains(result.behavior) || !Self.passing.contains(result.behaviorClose) {
          failures.append("\(agent.rawValue) \(id) (\(result.behavior), closing \(result.behaviorClose))")
        }
      }
    }
    return failures
  }

  var markdown: String {
    var lines = [
      "# Autobahn", "",
      "The client against Autobahn|Testsuite 0.8.2 (`wstest -m fuzzingserver`): every case, without compression and with",
      "permessage-deflate offered. Made by `make autobahn`.", "",
      "| group | cases | | run | OK | non-strict | informational | failed |",
      "| ---: | --- | --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for (group, name) in Self.groups {
      for agent in Agent.allCases {
        let cases = cases(group, agent)
        guard !cases.isEmpty else { continue }
        func count(_ behavior: String) -> Int { cases.count { $0.case.behavior == behavior } }
        let known = ["OK", "NON-STRICT", "INFORMATIONAL"].map { count($0) }.reduce(0, +)
        lines.append(
          "| \(group) | \(name) | \(agent.rawValue) | \(cases.count) | \(count("OK")) | \(count("NON-STRICT")) | "
            + "\(count("INFORMATIONAL")) | \(cases.count - known) |")
      }
    }
    return lines.joined(separator: "\n")
  }
}
