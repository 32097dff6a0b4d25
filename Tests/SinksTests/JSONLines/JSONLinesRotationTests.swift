import ArbdFramework
import Foundation
import Glibc
import KafkaTestSupport
import Testing

@testable import ArbdSinks

/// The file of a `jsonl` sink is taken away, renamed or replaced while it writes.
@Suite struct JSONLinesRotationTests {
  private let folder: TemporaryFolder
  private let log = LogLines()

  init() throws { folder = try TemporaryFolder() }

  private func connected(_ name: String) async throws -> JSONLinesSink {
    var options = JSONLinesOptions()
    options.path = folder.path(name)
    let sink = JSONLinesSink(options: options, context: Sample.context("lines", log))
    try await sink.connect()
    return sink
  }

  private static func lines(_ ids: UInt64...) -> String { ids.map { Sample.tradeLine($0) + "\n" }.joined() }

  private func notice(_ name: String) -> String {
    "notice: sink lines: \(folder.path(name)) was renamed, removed or replaced; what follows is written to the one that is there now"
  }

  @Test func afterRemovalTheLinesGoToANewFile() async throws {
    let sink = try await connected("a.jsonl")
    try await sink.deliver([Sample.trade(1)])
    try FileManager.default.removeItem(atPath: folder.path("a.jsonl"))
    try await sink.deliver([Sample.trade(2)])
    try await sink.deliver([Sample.trade(3)])
    #expect(try folder.text("a.jsonl") == Self.lines(2, 3))
    #expect(log.all == [notice("a.jsonl")])
  }

  @Test func afterARenameTheLinesGoToANewFile() async throws {
    let sink = try await connected("a.jsonl")
    try await sink.deliver([Sample.trade(1)])
    for (round, name) in [(2, "a.jsonl.1"), (3, "a.jsonl.2")] as [(UInt64, String)] {
      try FileManager.default.moveItem(atPath: folder.path("a.jsonl"), toPath: folder.path(name))
      try await sink.deliver([Sample.trade(round)])
      #expect(try folder.text(name) == Self.lines(round - 1))
      #expect(try folder.text("a.jsonl") == Self.lines(round))
    }
    #expect(log.all == [notice("a.jsonl"), notice("a.jsonl")])
  }

  @Test func theFileThatTookItsPlaceIsAppendedTo() async throws {
    let sink = try await connected("a.jsonl")
    try FileManager.default.moveItem(atPath: folder.path("a.jsonl"), toPath: folder.path("a.jsonl.1"))
    try Data("cut o".utf8).write(to: folder.url.appendingPathComponent("a.jsonl"))
    try await sink.deliver([Sample.trade(1)])
    #expect(try folder.text("a.jsonl") == "cut o\n" + Self.lines(1))
    #expect(try folder.text("a.jsonl.1").isEmpty)
  }

  /// `today.jsonl` leads to another file each day.
  @Test func aLinkIsFollowedToWhereItLeadsNow() async throws {
    let link = folder.path("today.jsonl")
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "monday.jsonl")
    let sink = try await connected("today.jsonl")
    try await sink.deliver([Sample.trade(1)])
    try await sink.deliver([Sample.trade(2)])
    #expect(log.all.isEmpty, "a link is not the file")
    try FileManager.default.removeItem(atPath: link)
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "tuesday.jsonl")
    try await sink.deliver([Sample.trade(3)])
    #expect(try folder.text("monday.jsonl") == Self.lines(1, 2))
    #expect(try folder.text("tuesday.jsonl") == Self.lines(3))
  }

  /// Who reads from a pipe has it open; its name may go.
  @Test func aPipeIsLeftAlone() async throws {
    let path = folder.path("pipe")
    #expect(mkfifo(path, 0o600) == 0)
    let reader = open(path, O_RDONLY | O_NONBLOCK)
    defer { close(reader) }
    let sink = try await connected("pipe")
    try FileManager.default.removeItem(atPath: path)
    try await sink.deliver([Sample.trade(1)])
    var bytes = [UInt8](repeating: 0, count: 1_024)
    let count = read(reader, &bytes, bytes.count)
    #expect(String(decoding: bytes.prefix(max(0, count)), as: UTF8.self) == Self.lines(1))
    #expect(!FileManager.default.fileExists(atPath: path))
    #expect(log.all.isEmpty)
  }

  @Test func aFolderThatIsGoneIsWaitedFor() async throws {
    let inner = folder.path("logs")
    try FileManager.default.createDirectory(atPath: inner, withIntermediateDirectories: false)
    let sink = try await connected("logs/a.jsonl")
    try await sink.deliver([Sample.trade(1)])
    try FileManager.default.removeItem(atPath: inner)
    let gone = DeliveryError("cannot open \(inner)/a.jsonl: No such file or directory", verdict: .reconnect)
    // As the runner does: again, closed, connected anew.
    await #expect(throws: gone) { try await sink.deliver([Sample.trade(2)]) }
    await sink.close()
    await #expect(throws: gone) { try await sink.connect() }
    await #expect(throws: DeliveryError("\(inner)/a.jsonl is not open", verdict: .reconnect)) {
      try await sink.deliver([Sample.trade(2)])
    }
    try FileManager.default.createDirectory(atPath: inner, withIntermediateDirectories: false)
    try await sink.connect()
    try await sink.deliver([Sample.trade(2)])
    #expect(try folder.text("logs/a.jsonl") == Self.lines(2))
    #expect(log.all.isEmpty, "the runner says what fails")
  }
}
