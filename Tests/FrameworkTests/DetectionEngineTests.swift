import DetectionReference
import Foundation
import Testing

@testable import ArbdFramework

/// The engine against the rules written down a second time: the same alerts in the same order, bit for bit, and the
/// same counts.
@Suite struct DetectionEngineTests {
  @Test(arguments: ReferenceExample.fixtures + ReferenceExample.neighbours)
  func agreesOnTheCase(_ example: ReferenceExample) throws {
    try expectAgreement(example.engineCase(), "\(example.testDescription)")
  }

  @Test(arguments: ReferenceExample.fixtures)
  func givesWhatTheCaseExpects(_ example: ReferenceExample) throws {
    let result = try example.engineCase().run()
    let expected = try example.expectedAlerts()
    #expect(result.alerts.count == expected.count)
    #expect(Set(result.alerts.map(\.id)) == Set(expected.map(\.id)))
  }

  @Test(arguments: 0..<10)
  func agreesOnRandomStreams(_ group: UInt64) throws {
    for seed in group * 50..<(group + 1) * 50 {
      try expectAgreement(RandomCase.make(seed: seed), "seed \(seed)")
    }
  }

  /// The streams above are only worth something if they bring about what they are about.
  @Test func randomStreamsReachEverything() throws {
    var sum = DetectorCounts()
    for seed in UInt64(0)..<60 {
      for counts in try RandomCase.make(seed: seed).run().counts.values {
        sum.windows += counts.windows
        sum.alerts += counts.alerts
        sum.late += counts.late
        sum.rejected += counts.rejected
      }
    }
    for count in [sum.windows, sum.alerts, sum.late, sum.rejected] { #expect(count > 150, "\(sum)") }
  }

  @Test func theSameEventsGiveTheSameBytes() throws {
    let example = try RandomCase.make(seed: 11)
    #expect(try example.run().alerts == example.run().alerts)
  }

  private func expectAgreement(_ example: EngineCase, _ name: String) throws {
    let reference = try ReferenceCase(configuration: example.configuration, records: example.records).run()
    let difference = try example.run().difference(from: reference)
    #expect(difference == nil, "\(name)")
  }
}

extension ReferenceExample {
  func engineCase() throws -> EngineCase {
    EngineCase(
      configuration: try Data(contentsOf: folder.appendingPathComponent("config.json")),
      records: try Data(contentsOf: folder.appendingPathComponent(recordsFile)))
  }
}
