import ArbdFramework
import Foundation
import Glibc
import Synchronization
import Testing

@testable import ArbdSinks

/// Standard output that does not take everything at once.
@Suite struct StandardOutputTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private static func lines(_ ids: ClosedRange<UInt64>) -> String {
    ids.map { Sample.tradeLine($0) + "\n" }.joined()
  }

  // MARK: A pipe that does not block

  /// Both ends do not block.
  private struct Pipe: ~Copyable {
    let reading: Int32
    let writing: Int32

    init() throws {
      var ends: [Int32] = [0, 0]
      try #require(pipe(&ends) == 0)
      for end in ends { _ = fcntl(end, F_SETFL, O_NONBLOCK) }
      (reading, writing) = (ends[0], ends[1])
    }

    /// What is in it now.
    func text() -> String {
      var (all, bytes) = ([UInt8](), [UInt8](repeating: 0, count: 65_536))
      while case let count = read(reading, &bytes, bytes.count), count > 0 { all += bytes[..<count] }
      return String(decoding: all, as: UTF8.self)
    }

    deinit {
      close(reading)
      close(writing)
    }
  }

  @Test func aReaderThatIsSlowGetsEveryLineOnce() throws {
    let pipe = try Pipe()
    let output = StandardOutput(DescriptorWriter(descriptor: pipe.writing, patience: .zero))
    var left = (1...2_000).map { Sample.trade($0) }
    var (text, attempts) = ("", 0)
    while !left.isEmpty, attempts < 100 {
      attempts += 1
      do throws(DeliveryError) {
        try output.append(left)
        left = []
      } catch {
        #expect(error.reason == "cannot write standard output: nobody reads it")
        #expect(error.verdict == .retry())
        left = left.indices.filter { !error.delivered.contains($0) }.map { left[$0] }
      }
      text += pipe.text()
    }
    #expect(attempts > 2)
    #expect(text == Self.lines(1...2_000))
  }

  @Test func itWaitsForAReader() throws {
    let pipe = try Pipe()
    // Somebody reads as soon as it is full.
    let reading = pipe.reading
    let text = Mutex([UInt8]())
    let output = StandardOutput(
      DescriptorWriter(descriptor: pipe.writing, patience: .seconds(60)) { descriptor, bytes, count in
        let written = Glibc.write(descriptor, bytes, count)
        guard written < 0, errno == EAGAIN else { return written }
        var part = [UInt8](repeating: 0, count: 65_536)
        let count = read(reading, &part, part.count)
        text.withLock { $0 += part.prefix(max(0, count)) }
        errno = EAGAIN
        return -1
      })
    try output.append((1...2_000).map { Sample.trade($0) })
    #expect(text.withLock { String(decoding: $0, as: UTF8.self) } + pipe.text() == Self.lines(1...2_000))
  }

  // MARK: A disk that is full

  /// A file to which standard output is redirected; only so many more bytes fit.
  private final class Redirected: Sendable {
    let room: Mutex<Int>
    private let descriptor: Int32
    private let code: Int32

    init(_ path: String, room: Int, _ code: Int32 = ENOSPC) {
      descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
      self.room = Mutex(room)
      self.code = code
    }

    deinit { close(descriptor) }

    var output: StandardOutput {
      StandardOutput(
        DescriptorWriter(descriptor: descriptor) { [self] descriptor, bytes, count in
          let part = room.withLock { room in
            defer { room -= min(room, count) }
            return min(room, count)
          }
          if part > 0 { return Glibc.write(descriptor, bytes, part) }
          errno = code
          return -1
        })
    }
  }

  private func failure(_ code: Int32, _ verdict: DeliveryError.Verdict, lines: Int) -> StandardOutput.Failure {
    let words = String(cString: strerror(code))
    return .init(error: DeliveryError("cannot write standard output: \(words)", verdict: verdict), lines: lines)
  }

  private func append(_ text: String, to output: StandardOutput) throws { try output.append(Array(text.utf8)) }

  @Test(arguments: [ENOSPC, EDQUOT]) func onAFullDiskTheLineIsFinishedLater(_ code: Int32) throws {
    let file = Redirected(folder.path("out"), room: 6, code)
    let output = file.output
    let full = failure(code, .retry(), lines: 1)
    #expect(throws: full) { try append("one\ntwo\nthree\n", to: output) }
    #expect(try folder.text("out") == "one\ntw")
    file.room.withLock { $0 = 1_000 }
    // What was not written comes again, and goes on where it was cut off.
    try append("two\nthree\n", to: output)
    #expect(try folder.text("out") == "one\ntwo\nthree\n")
  }

  @Test func whatComesFromAnotherSinkStandsBehindTheLineThatWasCutOff() throws {
    let file = Redirected(folder.path("out"), room: 1)
    let output = file.output
    #expect(throws: failure(ENOSPC, .retry(), lines: 0)) { try append("three\n", to: output) }
    // Not even the rest of it fits yet.
    file.room.withLock { $0 = 2 }
    #expect(throws: failure(ENOSPC, .retry(), lines: 0)) { try append("other\n", to: output) }
    #expect(try folder.text("out") == "thr")
    file.room.withLock { $0 = 3 }
    #expect(throws: failure(ENOSPC, .retry(), lines: 0)) { try append("other\n", to: output) }
    #expect(try folder.text("out") == "three\n")
    file.room.withLock { $0 = 1_000 }
    try append("other\nthree\n", to: output)
    #expect(try folder.text("out") == "three\nother\nthree\n")
  }

  /// Of a batch that is tried again with another head, nothing is skipped.
  @Test func aBatchWithAnotherHeadIsWrittenWhole() throws {
    let file = Redirected(folder.path("out"), room: 5)
    let output = file.output
    #expect(throws: failure(ENOSPC, .retry(), lines: 1)) { try append("one\ntwo\n", to: output) }
    file.room.withLock { $0 = 1_000 }
    try append("one\ntwo\n", to: output)
    #expect(try folder.text("out") == "one\ntwo\none\ntwo\n")
  }

  @Test func aFileThatMayNotGrowIsAnErrorForGood() throws {
    let file = Redirected(folder.path("out"), room: 4, EFBIG)
    let output = file.output
    #expect(throws: failure(EFBIG, .stop, lines: 1)) { try append("one\ntwo\n", to: output) }
  }

  @Test func aFullDeviceIsAnErrorForGood() throws {
    let device = open("/dev/full", O_WRONLY | O_CLOEXEC)
    defer { close(device) }
    let output = StandardOutput(DescriptorWriter(descriptor: device))
    #expect(throws: failure(ENOSPC, .stop, lines: 0)) { try append("one\n", to: output) }
  }
}
