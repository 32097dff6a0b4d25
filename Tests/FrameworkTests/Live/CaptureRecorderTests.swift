import Foundation
import Testing

@testable import ArbdFramework

@Suite struct CaptureRecorderTests {
  private func options(_ path: String, rotation: Int? = nil) -> RecordingOptions {
    var options = RecordingOptions()
    options.path = path
    options.rotation = rotation.map { ByteCount(bytes: $0) }
    return options
  }

  @Test func linesAreAppendedToWhatIsThere() throws {
    let folder = try TemporaryFolder()
    for text in ["a\n", "b\n"] {
      let recorder = try CaptureRecorder(options(folder.path("c")), logger: silentLogger)
      recorder.write(Array(text.utf8), count: 1)
      recorder.finish()
    }
    #expect(try String(contentsOfFile: folder.path("c"), encoding: .utf8) == "a\nb\n")
  }

  @Test func aFileThatIsFullIsSetAside() throws {
    let folder = try TemporaryFolder()
    let recorder = try CaptureRecorder(options(folder.path("c"), rotation: 10), logger: silentLogger)
    for text in ["123456\n", "78\n", "9012\n", "345678901234\n", "5\n"] { recorder.write(Array(text.utf8), count: 1) }
    recorder.finish()
    func text(_ name: String) -> String? { try? String(contentsOfFile: folder.path(name), encoding: .utf8) }
    #expect(text("c.1") == "123456\n78\n")
    #expect(text("c.2") == "9012\n")
    #expect(text("c.3") == "345678901234\n")
    #expect(text("c") == "5\n")
    #expect(recorder.lost == 0)
  }

  @Test func theNextNumberIsBehindTheHighest() throws {
    let folder = try TemporaryFolder()
    try "old\n".write(toFile: folder.path("c.7"), atomically: true, encoding: .utf8)
    let recorder = try CaptureRecorder(options(folder.path("c"), rotation: 4), logger: silentLogger)
    for text in ["123\n", "456\n"] { recorder.write(Array(text.utf8), count: 1) }
    recorder.finish()
    #expect(try String(contentsOfFile: folder.path("c.8"), encoding: .utf8) == "123\n")
  }

  @Test func aLineThatWasCutOffDoesNotSpoilTheNext() throws {
    let folder = try TemporaryFolder()
    try "{\"receive".write(toFile: folder.path("c"), atomically: true, encoding: .utf8)
    let recorder = try CaptureRecorder(options(folder.path("c")), logger: silentLogger)
    #expect(recorder.goesOn)
    for text in ["a\n", "b\n"] { recorder.write(Array(text.utf8), count: 1) }
    recorder.finish()
    #expect(try String(contentsOfFile: folder.path("c"), encoding: .utf8) == "{\"receive\na\nb\n")
  }

  /// The file was set aside and the new one could not be made: the next attempt goes on from there.
  @Test func aRotationThatFailedHalfwayIsMadeUpFor() throws {
    let folder = try TemporaryFolder()
    let recorder = try CaptureRecorder(options(folder.path("c"), rotation: 4), logger: silentLogger)
    recorder.write(Array("123\n".utf8), count: 1)
    recorder.finish()
    try FileManager.default.moveItem(atPath: folder.path("c"), toPath: folder.path("c.1"))
    recorder.write(Array("456\n".utf8), count: 1)
    recorder.finish()
    #expect(try String(contentsOfFile: folder.path("c"), encoding: .utf8) == "456\n")
    #expect(recorder.lost == 0)
  }

  @Test func whatADiskDoesNotTakeIsCounted() throws {
    let recorder = try CaptureRecorder(options("/dev/full"), logger: silentLogger)
    recorder.write(Array("lost\n".utf8), count: 3)
    recorder.finish()
    #expect(recorder.lost == 3)
  }

  @Test func aPlaceThatCannotBeWrittenIsAnError() {
    #expect(throws: CaptureFileError.self) {
      try CaptureRecorder(options("/nowhere/at/all"), logger: silentLogger)
    }
  }

  @Test func stampsAreNeverTheSameAndNeverGoBack() {
    // Set back by 100, then going on: two steps of the wall are one of the stamps, until it is where they are.
    let times = [500, 500, 510, 410, 430, 450, 700].map { Timestamp(microseconds: $0) }
    let clock = ReceiveClock(Sequenced(times).next)
    #expect(times.map { _ in clock.stamp().microseconds } == [500, 501, 510, 511, 520, 530, 700])
  }

  @Test func attemptsOutliveTheProcess() throws {
    let folder = try TemporaryFolder()
    let file = AttemptFile(folder: folder.path("state"))
    #expect(file.attempts(at: "a/../b") == nil)
    let saved = ConnectionBudget.Saved(
      attempts: [1_700_000_000_000_000, 1_700_000_000_000_001].map { Timestamp(microseconds: $0) },
      pausedUntil: Timestamp(microseconds: 1_800_000_000_000_000),
      requestsPausedUntil: Timestamp(microseconds: 1_800_000_000_000_001))
    file.save(saved, of: "a/../b")
    file.finish()
    #expect(AttemptFile(folder: folder.path("state")).attempts(at: "a/../b") == saved)
    #expect(file.attempts(at: "b") == nil)
    try "nonsense\n12\n99999999999999999999\n".write(
      toFile: folder.path("state/c.attempts"), atomically: true, encoding: .utf8)
    #expect(file.attempts(at: "c")?.attempts == [])
  }
}

/// Values one after the other.
private final class Sequenced: @unchecked Sendable {
  private var values: [Timestamp]

  init(_ values: [Timestamp]) { self.values = values }

  func next() -> Timestamp { values.removeFirst() }
}
