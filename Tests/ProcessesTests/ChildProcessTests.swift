import Foundation
import Glibc
import Testing

@testable import ArbdProcesses

@Suite(.timeLimit(.minutes(5))) struct ChildProcessTests {
  private func isThere(_ process: pid_t) -> Bool { kill(process, 0) == 0 }

  private func number(_ process: ChildProcess) throws -> pid_t {
    var bytes = [UInt8](repeating: 0, count: 64)
    let deadline = ContinuousClock.now + .seconds(60)
    while ContinuousClock.now < deadline {
      _ = process.wait(atMost: .milliseconds(100))
      if let count = process.readOutput(&bytes, from: 0), count > 0 {
        let text = String(decoding: bytes[..<count], as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        return try #require(pid_t(text))
      }
    }
    throw CancellationError()
  }

  @Test(arguments: [Duration.zero, .milliseconds(200)])
  func aProgramThatLeavesItsGroupIsEndedToo(grace: Duration) throws {
    let process = try ChildProcess(command: [
      "setsid", "sh", "-c", "trap '' TERM; echo $$; sleep 600 & wait; sleep 600",
    ])
    let number = try number(process)
    #expect(isThere(number))
    #expect(process.end(grace: grace) == .signalled(Int(SIGKILL)))
    #expect(!isThere(number))
  }

  @Test func aProgramIsAskedFirst() throws {
    let process = try ChildProcess(command: ["sh", "-c", "trap 'exit 7' TERM; echo $$; while :; do sleep 0.01; done"])
    _ = try number(process)
    #expect(process.end(grace: .seconds(20)) == .exited(7))
  }
}
