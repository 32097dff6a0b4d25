@_spi(Autobahn) import ArbdTransport
import Foundation

/// Runs all cases of Autobahn's fuzzing server through the network loop, twice, and prints what the server found.
@main
struct ArbdAutobahn {
  static func main() throws {
    let arguments = CommandLine.arguments.dropFirst()
    guard arguments.count == 2, let server = arguments.first, let reports = arguments.last else {
      stop("usage: arbd-autobahn ws://HOST:PORT FOLDER-OF-REPORTS", 2)
    }
    guard let client = EchoClient() else { stop("no libcurl that can be used", 2) }
    guard let count = caseCount(client, server) else { stop("\(server) does not tell how many cases it has", 2) }
    for agent in Agent.allCases {
      for number in 1...count {
        _ = client.run(
          "\(server)/runCase?case=\(number)&agent=\(agent.rawValue)", compresses: agent.compresses,
          atMost: .seconds(120))
        if number.isMultiple(of: 50) { note("\(agent.rawValue): \(number) of \(count)") }
      }
      _ = client.run(
        "\(server)/updateReports?agent=\(agent.rawValue)", compresses: false, atMost: .seconds(120))
    }
    let index = URL(fileURLWithPath: reports).appendingPathComponent("index.json")
    let report = try Report(Data(contentsOf: index))
    print(report.markdown)
    let failures = report.failures
    guard failures.isEmpty else { stop("failed: \(failures.joined(separator: ", "))", 1) }
  }

  /// The server may still be starting.
  private static func caseCount(_ client: EchoClient, _ server: String) -> Int? {
    for _ in 0..<100 {
      if let text = client.run("\(server)/getCaseCount", compresses: false, atMost: .seconds(10)) { return Int(text) }
      Thread.sleep(forTimeInterval: 0.2)
    }
    return nil
  }

  private static func stop(_ text: String, _ status: Int32) -> Never {
    note(text)
    exit(status)
  }

  private static func note(_ text: String) { FileHandle.standardError.write(Data("\(text)\n".utf8)) }
}
