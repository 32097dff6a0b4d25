import Foundation
import Testing

@testable import ArbdAdapters
@testable import ArbdFramework

@Suite struct ReplaySourceTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private static func trade(_ id: Int, at time: Int, venue: String = "binance") -> String {
    #"{"venue":"\#(venue)","instrument":"BTC-USDT","price":"50123.40","size":"0.5","side":"buy","trade_id":"\#(id)","#
      + #""event_time_us":\#(time),"receive_time_us":\#(time)}"#
  }

  private static let three = (1...3).map { trade($0, at: $0 * 1_000) }
  private static let threeEvents = (1...3).map { "\($0 * 1_000) trade binance BTC-USDT 50123.40 \($0)" }

  private static func text(_ lines: [String]) -> Data { Data(lines.map { $0 + "\n" }.joined().utf8) }

  private func replay(_ path: String, _ more: String = "") throws -> Replay {
    try Replay("\"path\":\"\(path)\"" + (more.isEmpty ? "" : ",") + more)
  }

  private func failureOfOpening(_ path: String) throws -> String? {
    let source = try #require(try replay(path).sources.first)
    do {
      try source.open()
      return nil
    } catch {
      return "\(error)"
    }
  }

  // MARK: Files

  @Test func readsAPlainFile() throws {
    let log = try replay(folder.file("a.jsonl", Self.text(Self.three))).log()
    #expect(log.events == Self.threeEvents)
    #expect(log.failure == nil)
    #expect(log.counts == [[:]])
  }

  @Test func readsGzip() throws {
    let log = try replay(folder.gzipFile("a.jsonl.gz", Self.text(Self.three))).log()
    #expect(log.events == Self.threeEvents)
    #expect(log.failure == nil)
  }

  @Test func readsGzipFilesPutBehindEachOther() throws {
    let parts = try Self.three.enumerated().map { number, line in
      try Data(contentsOf: URL(fileURLWithPath: folder.gzipFile("\(number).gz", Self.text([line]))))
    }
    #expect(try replay(folder.file("all.jsonl.gz", parts.reduce(Data(), +))).log().events == Self.threeEvents)
  }

  @Test func namesAMissingFile() throws {
    let path = folder.path("nowhere.jsonl")
    #expect(try failureOfOpening(path) == "\(path): cannot open: No such file or directory")
  }

  @Test func namesADirectory() throws {
    #expect(try failureOfOpening(folder.url.path) == "\(folder.url.path): cannot open: it is a directory")
  }

  @Test(arguments: [0.1, 0.5, 0.9])
  func saysThatGzipEndsInTheMiddle(_ share: Double) throws {
    let lines = (0..<5_000).map { Self.trade($0 &* 2_654_435_761 % 1_000_003, at: $0) }
    let whole = try Data(contentsOf: URL(fileURLWithPath: folder.gzipFile("whole.gz", Self.text(lines))))
    let path = try folder.file("cut.jsonl.gz", whole.prefix(Int(Double(whole.count) * share)))
    let log = try replay(path).log()
    #expect(log.failure == "\(path): cannot read gzip: it ends in the middle")
    #expect(log.events.count < lines.count)
  }

  @Test func saysThatGzipIsDamaged() throws {
    let lines = (0..<5_000).map { Self.trade($0 &* 2_654_435_761 % 1_000_003, at: $0) }
    var damaged = try Data(contentsOf: URL(fileURLWithPath: folder.gzipFile("whole.gz", Self.text(lines))))
    for offset in damaged.count / 2..<damaged.count / 2 + 8 { damaged[offset] ^= 0xFF }
    let path = try folder.file("damaged.jsonl.gz", damaged)
    let failure = try #require(try replay(path).log().failure)
    #expect(failure.hasPrefix("\(path)"))
  }

  @Test func readsAnEmptyFile() throws {
    let log = try replay(folder.file("empty.jsonl", Data())).log()
    #expect(log.events.isEmpty && log.failure == nil)
  }

  // MARK: Lines

  private static let lineEnds: [String] = [
    three.joined(separator: "\n"),
    three.map { "\($0)\r\n" }.joined(),
    "\n\n\(three.joined(separator: "\n \t\r\n\n"))\n   \n",
    "  \(three.joined(separator: "  \n\t"))  ",
  ]

  @Test(arguments: lineEnds)
  func readsLinesHoweverTheyEnd(_ content: String) throws {
    let log = try replay(folder.file("a.jsonl", Data(content.utf8))).log()
    #expect(log.events == Self.threeEvents)
    #expect(log.failure == nil)
  }

  /// Lines that lie across the borders of what is read at once, from every side.
  @Test func readsLinesLongerThanTheBuffer() throws {
    let lengths = [1 << 18, (1 << 18) - 1, (1 << 18) + 1, 3 << 18, 10, 1 << 19]
    let lines = lengths.enumerated().map { number, length in
      Self.trade(number, at: number).dropLast() + ",\"note\":\"" + String(repeating: "x", count: length)
        + "\"}"
    }
    let log = try replay(folder.file("long.jsonl", Self.text(lines))).log()
    #expect(log.failure == nil)
    #expect(log.events == lengths.indices.map { "\($0) trade binance BTC-USDT 50123.40 \($0)" })
  }

  @Test(arguments: ["lines.jsonl", "lines.jsonl.gz"])
  func refusesALineThatIsTooLong(_ name: String) throws {
    let limit = 1 << 20
    func lengths(_ lines: [String]) throws -> [Int?] {
      let text = Self.text(lines)
      let path = try name.hasSuffix(".gz") ? folder.gzipFile(name, text) : folder.file(name, text)
      let file = try ReplayFile(path: path)
      var reader = LineReader(maximumLineBytes: limit)
      var lengths: [Int?] = []
      repeat {
        while let line = reader.nextLine() {
          if case .bytes(let range) = line { lengths.append(range.count) } else { lengths.append(nil) }
        }
      } while try reader.fill(file.read(into:from:))
      return lengths
    }
    let longest = String(repeating: " ", count: limit - 1)
    #expect(try lengths(["a", longest, "b"]) == [1, limit - 1, 1])
    // What is behind a line that is too long is read again, however long that was.
    #expect(try lengths(["a", longest, longest + " ", "b"]) == [1, limit - 1, nil, 1])
    #expect(try lengths([longest + longest + longest, "b", longest + " "]) == [nil, 1, nil])
  }

  private static let badLines: [(line: String, reason: String)] = [
    ("{", "unexpected end at byte 1"),
    ("[]", "value of another type at byte 0"),
    ("what", "unexpected byte at byte 0"),
    ("{\"venue\":\"binance\"}", "\"instrument\" is missing"),
    ("{\"venue\":\"binance\",\"instrument\":\"BTCUSDT\"}", "instrument \"BTCUSDT\" is not BASE-QUOTE"),
    (trade(4, at: 4) + "x", "bytes after the document at byte"),
    (trade(4, at: 4).replacing("\"receive_time_us\"", with: "\"other\""), "\"receive_time_us\" is missing"),
    (trade(4, at: 9_007_199_254_740_992), "\"event_time_us\" is beyond ±2^53 microseconds"),
  ]

  @Test(arguments: badLines)
  func stopsAtABadLine(_ line: String, reason: String) throws {
    let lines = [Self.three[0], "", line, Self.three[1], Self.three[2]]
    let path = try folder.file("bad.jsonl", Self.text(lines))
    let log = try replay(path).log()
    let failure = try #require(log.failure)
    #expect(failure.hasPrefix("\(path):3: \(reason)"))
    #expect(log.events == [Self.threeEvents[0]], "what stands before it is still handed over")
  }

  @Test func skipsBadLinesAndCountsThem() throws {
    let lines = ["{", Self.three[0], "what", Self.three[1], "[]", Self.three[2], "{\"venue\":"]
    let path = try folder.file("bad.jsonl", Self.text(lines))
    let log = try replay(path, "\"on_error\":\"skip\"").log()
    #expect(log.events == Self.threeEvents)
    #expect(log.failure == nil)
    #expect(log.counts == [["skipped_lines": 4]])
  }

  @Test func theSummaryTellsOfSkippedLines() async throws {
    let path = try folder.file("bad.jsonl", Self.text(["{"] + Self.three + ["}"]))
    let (records, summary) = try await replay(path, "\"on_error\":\"skip\"").run()
    #expect(records.count == 3)
    #expect(summary.json.contains("\"skipped_lines\": 2"))
  }

  // MARK: Several at once

  @Test func mergesByReceiveTimeTiesInTheOrderOfSources() throws {
    let first = try folder.file(
      "first.jsonl", Self.text([10, 20, 20, 40].map { Self.trade($0, at: $0, venue: "first") }))
    let second = try folder.file(
      "second.jsonl", Self.text([5, 20, 30, 40, 50].map { Self.trade($0, at: $0, venue: "second") }))
    let log = try Replay("\"path\":\"\(first)\"", "\"path\":\"\(second)\"").log()
    let order = log.events.map { $0.split(separator: " ").prefix(3).joined(separator: " ") }
    #expect(
      order == [
        "5 trade second", "10 trade first", "20 trade first", "20 trade first", "20 trade second",
        "30 trade second",
        "40 trade first", "40 trade second", "50 trade second",
      ])
  }

  /// One source has nothing more, or never had anything: the others go on.
  @Test func mergesWithAnEmptyFile() throws {
    let full = try folder.file("full.jsonl", Self.text(Self.three))
    let empty = try folder.file("empty.jsonl", Data())
    #expect(try Replay("\"path\":\"\(empty)\"", "\"path\":\"\(full)\"").log().events == Self.threeEvents)
  }

  /// A clock that goes back in one file does not reorder that file.
  @Test func keepsEachFilesOwnOrder() throws {
    let first = try folder.file(
      "first.jsonl", Self.text([30, 10, 20].map { Self.trade($0, at: $0, venue: "first") }))
    let second = try folder.file(
      "second.jsonl", Self.text([15, 40].map { Self.trade($0, at: $0, venue: "second") }))
    let log = try Replay("\"path\":\"\(first)\"", "\"path\":\"\(second)\"").log()
    let order = log.events.map { $0.split(separator: " ").prefix(3).joined(separator: " ") }
    #expect(
      order == ["15 trade second", "30 trade first", "10 trade first", "20 trade first", "40 trade second"])
  }

  @Test func mergesLargeFilesAlikeEveryTime() throws {
    let paths = try (0..<3).map { number in
      let lines = (0..<4_000).map {
        Self.trade($0, at: ($0 * 7 + number * 3) / 5 * 5, venue: "venue\(number)")
      }
      return try folder.file("\(number).jsonl", Self.text(lines))
    }
    func merged() throws -> [String] {
      try Replay("\"path\":\"\(paths[0])\"", "\"path\":\"\(paths[1])\"", "\"path\":\"\(paths[2])\"").log()
        .events
    }
    let once = try merged()
    #expect(once.count == 12_000)
    #expect(try merged() == once)
    let times = once.compactMap { Int($0.prefix { $0 != " " }) }
    #expect(times == times.sorted())
  }

  @Test func aFailureOfOneComesBehindItsLastEvent() throws {
    let good = try folder.file("good.jsonl", Self.text([1, 2, 900].map { Self.trade($0, at: $0) }))
    let bad = try folder.file("bad.jsonl", Self.text([Self.trade(3, at: 3), "what"]))
    let log = try Replay("\"path\":\"\(good)\"", "\"path\":\"\(bad)\"").log()
    #expect(log.failure == "\(bad):2: unexpected byte at byte 0")
    #expect(log.events.contains { $0.hasPrefix("3 trade") })
  }

  // MARK: Captures

  private static let adapters = #"""
    "format":"capture","adapters":[{"type":"coinbase","instruments":["BTC-USD"]},
    {"type":"binance","instruments":["BTC-USDT"],"channels":["trades","quotes"]}]
    """#

  private func capture(_ lines: String...) throws -> Replay {
    try replay(folder.file("a.capture.jsonl", Self.text(lines)), Self.adapters)
  }

  @Test func readsEveryEventOfACapture() throws {
    let log = try capture(
      #"{"receive_time_us":1,"venue":"binance","connection":2,"event":"connected"}"#,
      #"{"receive_time_us":2,"venue":"binance","connection":2,"frame":"{\"a\":\"\\u0041 \u00e9\n\"}"}"#,
      #"{"receive_time_us":3,"event":"tick"}"#,
      #"{"receive_time_us":4,"venue":"binance","connection":2,"event":"response","request":7,"status":429,"body":"{\"b\":1}"}"#,
      #"{"receive_time_us":5,"venue":"binance","connection":2,"event":"status","state":"stale","reason":"silence"}"#,
      #"{"receive_time_us":6,"venue":"binance","connection":2,"event":"status","state":"live","instrument":"BTC-USDT"}"#,
      #"{"receive_time_us":7,"venue":"binance","connection":2,"event":"disconnected","reason":"closed: \"1008\""}"#,
      #"{"frame":"first","connection":0,"venue":"coinbase","receive_time_us":8,"more":[1]}"#,
      #"{"receive_time_us":9,"venue":"coinbase","frame":""}"#
    ).log()
    #expect(log.failure == nil)
    #expect(
      log.events == [
        "1 connected binance/2",
        "2 frame binance/2 {\"a\":\"\\u0041 é\n\"}",
        "3 tick",
        "4 response binance/2 7 429 {\"b\":1}",
        "5 status binance/2 all stale silence",
        "6 status binance/2 binance BTC-USDT live ",
        "7 disconnected binance/2 closed: \"1008\"",
        "8 frame coinbase/0 first",
        "9 frame coinbase/0 ",
      ])
  }

  private static let badCaptureLines: [(line: String, reason: String)] = [
    (#"{"venue":"binance","frame":"x"}"#, "\"receive_time_us\" is missing"),
    (#"{"receive_time_us":1,"venue":"binance"}"#, "\"frame\" is missing"),
    (#"{"receive_time_us":1,"frame":"x"}"#, "\"venue\" is missing"),
    (#"{"receive_time_us":1,"event":"connected"}"#, "\"venue\" is missing"),
    (#"{"receive_time_us":1,"venue":"binance","event":"newcomer"}"#, "unknown event \"newcomer\""),
    (#"{"receive_time_us":1,"venue":"binance","event":"status"}"#, "\"state\" is missing"),
    (#"{"receive_time_us":1,"venue":"binance","event":"status","state":"odd"}"#, "unknown state \"odd\""),
    (
      #"{"receive_time_us":1,"venue":"b","event":"status","state":"stale","instrument":"X"}"#,
      "instrument \"X\" is not BASE-QUOTE"
    ),
    (#"{"receive_time_us":1,"venue":"binance","event":"response","request":1}"#, "\"body\" is missing"),
    (#"{"receive_time_us":1,"venue":"binance","event":"response","body":""}"#, "\"request\" is missing"),
    (#"{"receive_time_us":"1","venue":"binance","frame":"x"}"#, "value of another type at byte 19"),
    (#"{"receive_time_us":1,"venue":"binance","frame":{}}"#, "value of another type at byte 47"),
    (
      #"{"receive_time_us":9007199254740992,"event":"tick"}"#,
      "\"receive_time_us\" is beyond ±2^53 microseconds"
    ),
  ]

  @Test(arguments: badCaptureLines)
  func stopsAtABadLineOfACapture(_ line: String, reason: String) throws {
    let replay = try capture(#"{"receive_time_us":1,"event":"tick"}"#, line)
    let log = try replay.log()
    #expect(log.failure == "\(folder.path("a.capture.jsonl")):2: \(reason)")
    #expect(log.events == ["1 tick"])
  }

  private static func frame(_ text: String, at time: Int, venue: String = "coinbase", connection: Int = 0)
    -> String
  {
    var line = Array(
      #"{"receive_time_us":\#(time),"venue":"\#(venue)","connection":\#(connection),"frame":"#.utf8)
    line.append(jsonString: text)
    return String(decoding: line, as: UTF8.self) + "}"
  }

  @Test func everyFrameIsCountedUnderOneKind() async throws {
    let fixtures = FrameFixture.all
    var lines = fixtures.enumerated().map { number, fixture in
      Self.frame(String(decoding: fixture.frame, as: UTF8.self), at: number, venue: fixture.venue.rawValue)
    }
    for venue in TestedVenue.allCases {
      lines.append(Self.frame("{\"type\":", at: 1_000, venue: venue.rawValue))
      lines.append(
        Self.frame(venue.trade(1).replacing("50123.40", with: "0"), at: 1_001, venue: venue.rawValue))
    }
    let adapters = TestedVenue.allCases.map {
      #"{"type":"\#($0.rawValue)","instruments":["BTC-USD","BTC-USDT"]}"#
    }
    let options = #""format":"capture","adapters":[\#(adapters.joined(separator: ","))]"#
    let summary = try await replay(folder.file("all.jsonl", Self.text(lines)), options).run().summary
    for venue in TestedVenue.allCases {
      let frames = try #require(summary.venues[venue.rawValue]).frames
      #expect(frames.total == UInt64(fixtures.filter { $0.venue == venue }.count + 2))
      #expect(
        frames.total == frames.data + frames.control + frames.ignored + frames.unknown + frames.undecodable)
      #expect(frames[.malformedJSON] == 1)
      #expect(frames[.badNumber] == 1)
      #expect(frames.undecodable == 2)
    }
  }

  @Test func framesOfAVenueWithoutAdapterAreIgnored() async throws {
    let (records, summary) = try await capture(
      Self.frame("anything", at: 1, venue: "kraken"),
      Self.frame(TestedVenue.coinbase.trade(1), at: 2),
      #"{"receive_time_us":3,"venue":"kraken","event":"disconnected","reason":"gone"}"#,
      Self.frame("more", at: 4, venue: "kraken", connection: 1)
    ).run()
    #expect(records.count == 1)
    #expect(summary.end == .finished)
    #expect(summary.venues["kraken"]?.frames.ignored == 2)
    #expect(summary.venues["coinbase"]?.frames.data == 1)
  }

  /// What was seen before a disconnect says nothing about what comes after it.
  @Test func aDisconnectEndsTheSession() async throws {
    let (records, summary) = try await capture(
      #"{"receive_time_us":0,"venue":"coinbase","connection":0,"event":"connected"}"#,
      Self.frame(TestedVenue.coinbase.trade(1), at: 1),
      #"{"receive_time_us":2,"venue":"coinbase","connection":0,"event":"disconnected","reason":"gone"}"#,
      #"{"receive_time_us":3,"venue":"coinbase","connection":0,"event":"connected"}"#,
      Self.frame(TestedVenue.coinbase.trade(90), at: 4)
    ).run()
    #expect(records.count == 2)
    let counts = try #require(summary.venues["coinbase"])
    #expect(counts.connects == 2)
    #expect(counts.disconnects == 1)
    #expect(counts.missing == 0)
  }

  @Test func eachConnectionHasASessionOfItsOwn() async throws {
    let (records, summary) = try await capture(
      Self.frame(TestedVenue.coinbase.trade(1), at: 1),
      Self.frame(TestedVenue.coinbase.trade(90), at: 2, connection: 1),
      Self.frame(TestedVenue.coinbase.trade(2), at: 3)
    ).run()
    #expect(records.count == 3)
    #expect(summary.venues["coinbase"]?.missing == 0)
    #expect(summary.venues["coinbase"]?.connects == 2)
  }

  /// A venue that jumps about in its ids may be wrong; it must not end the run.
  @Test func countsOfLostTradesDoNotOverflow() async throws {
    let jumps = (0..<4).flatMap { round in
      [1, Int.max].map { id in
        TestedVenue.coinbase.trade(id).replacing(
          "05:06:07.", with: "05:06:\(10 + round * 2 + (id == 1 ? 0 : 1)).")
      }
    }
    let lines = jumps.enumerated().map { Self.frame($0.element, at: $0.offset) }
    let summary = try await replay(folder.file("jumps.jsonl", Self.text(lines)), Self.adapters).run().summary
    #expect(summary.end == .finished)
    #expect(summary.venues["coinbase"]?.missing == .max)
  }

  // MARK: Speed

  /// Three events a fifth of a second apart, at double speed: no earlier than a fifth of a second.
  @Test func keepsThePaceOfTheReceiveTimes() async throws {
    let lines = [0, 200_000, 400_000].map { Self.trade($0, at: $0) }
    let replay = try replay(folder.file("slow.jsonl", Self.text(lines)), "\"speed\":2")
    let start = ContinuousClock.now
    #expect(try replay.log().events.count == 3)
    #expect(ContinuousClock.now - start >= .milliseconds(200))
  }

  @Test func aClockThatGoesBackIsNotWaitedFor() async throws {
    let lines = [1_000_000_000_000, 0, 1_000_000_000_000].map { Self.trade($0, at: $0) }
    #expect(try replay(folder.file("back.jsonl", Self.text(lines)), "\"speed\":1").log().events.count == 3)
  }

  @Test func theSlowestSpeedAndTheFarthestTimesAreHarmless() async throws {
    let lines = [-9_007_199_254_740_991, 9_007_199_254_740_991].map { Self.trade(1, at: $0) }
    let path = try folder.file("far.jsonl", Self.text(lines))
    #expect(try replay(path, "\"speed\":1e300").log().events.count == 2)
  }
}
