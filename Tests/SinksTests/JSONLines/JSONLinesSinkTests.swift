import ArbdFramework
import Foundation
import Glibc
import Synchronization
import Testing

@testable import ArbdSinks

@Suite struct JSONLinesSinkTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func sink(_ path: String) -> JSONLinesSink {
    var options = JSONLinesOptions()
    options.path = path
    return JSONLinesSink(options: options, context: Sample.context("jsonl"))
  }

  /// Connects, delivers one batch and closes.
  private func write(_ batch: [Record], to path: String) async throws {
    let sink = sink(path)
    try await sink.connect()
    try await sink.deliver(batch)
    await sink.close()
  }

  private static func lines(_ ids: UInt64...) -> String { ids.map { Sample.tradeLine($0) + "\n" }.joined() }

  @Test func writesARecordALine() async throws {
    try await write([Sample.trade(1), Sample.quote, .alert(Sample.cycle)], to: folder.path("a.jsonl"))
    let lines = try folder.text("a.jsonl").split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.count == 4)
    #expect(lines[0] == Sample.tradeLine(1))
    #expect(lines[1] == Sample.quoteLine)
    #expect(
      lines[2].hasPrefix("{\"id\":\"\(Sample.cycle.id)\",\"detector\":\"triangle\",\"type\":\"cycle\","))
    #expect(lines[3].isEmpty)
  }

  @Test func writesNothingForAStatusReport() async throws {
    try await write([Sample.status(1, events: 2)], to: folder.path("a.jsonl"))
    #expect(try folder.text("a.jsonl").isEmpty)
  }

  @Test func appends() async throws {
    let sink = sink(folder.path("a.jsonl"))
    try await sink.connect()
    try await sink.deliver([Sample.trade(1)])
    #expect(try folder.text("a.jsonl") == Self.lines(1), "written before deliver returns")
    try await sink.deliver([Sample.trade(2), Sample.trade(3)])
    try await sink.deliver([])
    await sink.close()
    try await write([Sample.trade(4)], to: folder.path("a.jsonl"))
    #expect(try folder.text("a.jsonl") == Self.lines(1, 2, 3, 4))
  }

  @Test func separatesALineThatACrashLeftTorn() async throws {
    try Data("{\"venue\":\"bina".utf8).write(to: folder.url.appendingPathComponent("a.jsonl"))
    try await write([Sample.trade(1)], to: folder.path("a.jsonl"))
    #expect(try folder.text("a.jsonl") == "{\"venue\":\"bina\n" + Self.lines(1))
  }

  @Test func leavesAWholeFileAsItIs() async throws {
    try Data(Self.lines(1).utf8).write(to: folder.url.appendingPathComponent("a.jsonl"))
    let sink = sink(folder.path("a.jsonl"))
    try await sink.connect()
    await sink.close()
    #expect(try folder.text("a.jsonl") == Self.lines(1))
  }

  @Test func aFullDiskIsAnErrorForGood() async throws {
    let sink = sink("/dev/full")
    try await sink.connect()
    await #expect(throws: DeliveryError("cannot write /dev/full: No space left on device", verdict: .stop)) {
      try await sink.deliver([Sample.trade(1)])
    }
    await sink.close()
  }

  @Test func afterAFullDiskTheBatchIsWrittenAnew() throws {
    let path = folder.path("a.jsonl")
    let room = Mutex(10)
    let file = try LineFile(path: path) { descriptor, bytes, count in
      let part = room.withLock { room in
        defer { room -= min(room, count) }
        return min(room, count)
      }
      if part == 0 {
        errno = ENOSPC
        return -1
      }
      return Glibc.write(descriptor, bytes, part)
    }
    let lines = Array("one\ntwo\nthree\n".utf8)
    let error = DeliveryError("cannot write \(path): No space left on device", verdict: .retry())
    #expect(throws: error) { try file.append(lines).get() }
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "")
    room.withLock { $0 = 1_000 }
    try file.append(lines).get()
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "one\ntwo\nthree\n")
  }

  @Test func aFullDiskJoinsNoLineToOneThatWasCutOff() throws {
    let path = folder.path("a.jsonl")
    try Data("cut o".utf8).write(to: URL(fileURLWithPath: path))
    let isFull = Mutex(true)
    let file = try LineFile(path: path) { descriptor, bytes, count in
      guard isFull.withLock({ $0 }) else { return Glibc.write(descriptor, bytes, count) }
      errno = ENOSPC
      return -1
    }
    #expect(throws: DeliveryError.self) { try file.append(Array("one\n".utf8)).get() }
    isFull.withLock { $0 = false }
    try file.append(Array("one\n".utf8)).get()
    try file.append(Array("two\n".utf8)).get()
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "cut o\none\ntwo\n")
  }

  /// Whatever it is that a disk has: it may be over when the file is opened anew.
  @Test(arguments: [EIO, EROFS, ESTALE]) func afterAnErrorOfTheDiskItIsOpenedAnew(_ code: Int32) throws {
    let path = folder.path("a.jsonl")
    let file = try LineFile(path: path) { descriptor, bytes, count in
      if count > 10 { return Glibc.write(descriptor, bytes, 10) }
      errno = code
      return -1
    }
    let reason = "cannot write \(path): \(String(cString: strerror(code)))"
    #expect(throws: DeliveryError(reason, verdict: .reconnect)) {
      try file.append(Array("one\ntwo\nthree\n".utf8)).get()
    }
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "", "nothing of it is there twice")
  }

  /// Another process has written behind the line that did not fit, so it stays; what follows does not become part of it.
  @Test func aLineThatCannotBeTakenBackIsClosed() throws {
    let path = folder.path("a.jsonl")
    let other = open(path, O_WRONLY | O_APPEND | O_CREAT, 0o644)
    defer { close(other) }
    let isFull = Mutex(true)
    let file = try LineFile(path: path) { descriptor, bytes, count in
      guard isFull.withLock({ $0 }) else { return Glibc.write(descriptor, bytes, count) }
      if count == 4 { return Glibc.write(descriptor, bytes, 2) }
      _ = Glibc.write(other, "?", 1)
      errno = ENOSPC
      return -1
    }
    let full = DeliveryError("cannot write \(path): No space left on device", verdict: .retry())
    #expect(throws: full) { try file.append(Array("one\n".utf8)).get() }
    isFull.withLock { $0 = false }
    try file.append(Array("one\n".utf8)).get()
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "on?\none\n")
  }

  @Test func namesAFolderThatIsMissing() async throws {
    let path = folder.path("no/such/folder/a.jsonl")
    await #expect(throws: DeliveryError("cannot open \(path): No such file or directory", verdict: .reconnect)) {
      try await sink(path).connect()
    }
  }

  @Test func namesAPathThatIsAFolder() async throws {
    let path = folder.url.path
    await #expect(throws: DeliveryError("cannot open \(path): Is a directory", verdict: .reconnect)) {
      try await sink(path).connect()
    }
  }

  @Test func isNotOpenBeforeConnectNorAfterClose() async throws {
    let sink = sink(folder.path("a.jsonl"))
    let notOpen = DeliveryError("\(folder.path("a.jsonl")) is not open", verdict: .reconnect)
    await #expect(throws: notOpen) { try await sink.deliver([Sample.trade(1)]) }
    try await sink.connect()
    await sink.close()
    await #expect(throws: notOpen) { try await sink.deliver([Sample.trade(1)]) }
    await sink.close()
  }

  /// Two sinks on one file, or two processes: lines do not get into each other.
  @Test func sharesAFileWithAnother() async throws {
    let path = folder.path("shared.jsonl")
    let (one, other) = (sink(path), sink(path))
    try await one.connect()
    try await other.connect()
    await withTaskGroup(of: Void.self) { group in
      for sink in [one, other] {
        group.addTask {
          for round in 0..<50 {
            try? await sink.deliver((0..<20).map { Sample.trade(UInt64(round * 20 + $0)) })
          }
        }
      }
    }
    let lines = try folder.text("shared.jsonl").split(separator: "\n")
    #expect(lines.count == 2_000)
    let wanted = Set((0..<1_000).map { Sample.tradeLine(UInt64($0)) })
    #expect(lines.allSatisfy { wanted.contains(String($0)) })
  }
}
