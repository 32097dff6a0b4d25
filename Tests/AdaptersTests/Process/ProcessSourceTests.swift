import ArbdAdapters
import ArbdFramework
import ArbdProcesses
import Foundation
import Testing

/// One after the other: each holds a thread while it waits.
@Suite(.serialized) struct ProcessSourceTests {
  private static func echo(_ lines: String...) -> String { lines.map { "echo '\($0)'" }.joined(separator: "\n") }
  private static let trade = ProcessTrial.trade(1)

  @Test func recordsArriveWhenTheyAreRead() throws {
    let quote =
      #"{"venue":"shop","instrument":"ETH-USD","bid":"1","bid_size":null,"ask":"2","ask_size":"3","event_time_us":7}"#
    let trial = try ProcessTrial(Self.echo(Self.trade, "", quote) + "\nexec sleep 60")
    #expect(try trial.read { $0.count == 2 } == ["trade shop BTC-USD 1", "quote shop ETH-USD"])
    guard
      case .record(.trade(let trade)) = try #require(trial.events.first { if case .tick = $0 { false } else { true } })
    else { return #expect(Bool(false), "no trade") }
    #expect(trade.eventTime == Timestamp(microseconds: 1_000_001))
    #expect(trade.receiveTime > Timestamp(microseconds: 1_700_000_000_000_000))
    #expect(trade.price.exact?.description == "60000.50")
  }

  @Test func theRequestSaysWhatIsWanted() throws {
    let trial = try ProcessTrial(#"echo "$request" > "$DIR/request""#) {
      $0.process.options = ["key": ["a", 1]]
      $0.channels = [.quotes, .trades]
    }
    _ = try trial.read()
    let request = try String(contentsOfFile: trial.folder.path("request"), encoding: .utf8)
    #expect(
      request
        == #"{"arbd":1,"role":"source","name":"program","instruments":["BTC-USD","ETH-USD"],"channels":["quotes","#
        + #""trades"],"options":{"key":["a",1]}}"# + "\n")
  }

  /// Status 0 says that there is no more.
  @Test func aReplayEndsWithItsProgram() throws {
    let trial = try ProcessTrial(Self.echo(ProcessTrial.trade(1, more: #","receive_time_us":77"#))) {
      $0.clock = .records
    }
    #expect(try trial.read() == ["trade shop BTC-USD 1", "withdrawn shop BTC-USD"])
    #expect(trial.ending == "")
    #expect(trial.events.map(\.receiveTime.microseconds) == [77, 77])
    #expect(trial.source.figures.first { $0.name == "process_records" }?.value == 1)
  }

  @Test func aReplayHasToSayWhenRecordsArrived() throws {
    let trial = try ProcessTrial(Self.echo(Self.trade)) { $0.clock = .records }
    #expect(try trial.read() == [])
    #expect(trial.counts["skipped_lines"] == 1)
  }

  @Test func aProgramThatDiesIsStartedAgain() throws {
    let trial = try ProcessTrial(Self.echo(Self.trade) + "\nexit 3")
    let expected = ["trade shop BTC-USD 1", "withdrawn shop BTC-USD", "trade shop BTC-USD 1", "withdrawn shop BTC-USD"]
    #expect(try trial.read { $0.count >= 4 }.prefix(4) == expected[...])
    #expect(try #require(trial.counts["restarts"]) >= 1)
  }

  @Test func restartsCanBeChosen() throws {
    let always = try ProcessTrial(Self.echo(Self.trade)) { $0.restart = .always }
    #expect(try always.read { $0.count >= 4 }.count >= 4)
    let never = try ProcessTrial(Self.echo(Self.trade) + "\nkill -9 $$") { $0.restart = .never }
    #expect(try never.read() == ["trade shop BTC-USD 1", "withdrawn shop BTC-USD"])
    #expect(never.ending == "program: it was ended by signal 9")
  }

  /// How a program begins, and why it is ended.
  private static let beginnings: [(head: String, reason: String)] = [
    ("echo hello; sleep 60", #"its first line is not {"arbd":1} but "hello""#),
    (#"echo '{"arbd":2}'; sleep 60"#, "it speaks version 2 of the protocol; this program speaks 1"),
    (#"echo '{"arbd":"1"}'; sleep 60"#, "its first line is not"),
    (#"echo '{"venue":"shop"}'; sleep 60"#, "its first line is not"),
    (#"printf '\000\377\n'; sleep 60"#, "its first line is not"),
    ("head -c 200000 /dev/zero; echo; sleep 60", "its first line is too long"),
    ("sleep 60", "it said nothing within \"200ms\""),
    ("exit 7", "it ended with status 7"),
    ("exit 0", "it ended before it said anything"),
    ("exec 1>&-; sleep 60", "it closed its standard output"),
    ("cat /dev/zero", "a line that it writes does not end"),
    (ProcessTrial.shake + "; cat /dev/zero", "a line that it writes does not end"),
    (ProcessTrial.shake + "; yes nonsense", "it writes nothing but lines that cannot be read"),
  ]

  @Test(arguments: beginnings.indices)
  func whatIsNoBeginningIsEnded(_ place: Int) throws {
    let (head, reason) = Self.beginnings[place]
    let trial = try ProcessTrial("", head: head) {
      $0.restart = .never
      $0.process.handshakeTimeout = head == "sleep 60" ? .milliseconds(200) : .seconds(20)
      $0.process.grace = .milliseconds(100)
    }
    #expect(try trial.read() == [])
    let ending = try #require(trial.ending)
    #expect(ending.hasPrefix("program: \(reason)"), "\(ending)")
  }

  @Test func aProgramThatIsNotThereIsFoundAtOnce() throws {
    #expect(throws: (any Error).self) { try ProcessTrial("") { $0.process.command = ["no-such-program-at-all"] } }
    #expect(throws: (any Error).self) { try ProcessTrial("") { $0.process.command = ["/etc/passwd"] } }
  }

  @Test func badLinesAreCountedAndPassedOver() throws {
    let lines = ["what", "{}", Self.trade + "x", String(repeating: "x", count: 70_000), "\\0001"]
    let trial = try ProcessTrial(
      lines.map { "printf '%s\\n' '\($0)'" }.joined(separator: "\n") + "\n" + Self.echo(Self.trade))
    #expect(try trial.read() == ["trade shop BTC-USD 1", "withdrawn shop BTC-USD"])
    #expect(trial.counts["skipped_lines"] == 5)
  }

  @Test func onlyWhatWasAskedForIsTaken() throws {
    let trial = try ProcessTrial(
      Self.echo(
        ProcessTrial.trade(1, venue: "other"), ProcessTrial.trade(2, instrument: "SOL-USD"), ProcessTrial.trade(3))
    ) { $0.venue = "shop" }
    #expect(try trial.read() == ["trade shop BTC-USD 3", "withdrawn shop BTC-USD"])
    #expect(trial.counts["skipped_lines"] == 2)
    #expect(trial.source.provides?.map { "\($0.market)" } == ["shop BTC-USD", "shop ETH-USD"])
  }

  @Test func aStatusWithdrawsAMarket() throws {
    let trial = try ProcessTrial(
      Self.echo(Self.trade, ProcessTrial.trade(2, instrument: "ETH-USD")) + """

        sleep 0.3
        echo '{"status":"stale","instrument":"BTC-USD","reason":"quiet"}' >&2
        echo '{"status":"live"}' >&2
        exec sleep 60
        """)
    let texts = try trial.read { $0.count == 3 }
    #expect(texts.last == "withdrawn shop BTC-USD")
  }

  /// Nobody has to wait for a program that says nothing.
  @Test func timePassesWhileAProgramIsSilent() throws {
    let trial = try ProcessTrial("exec sleep 60")
    _ = try trial.read { [trial] _ in trial.events.count >= 2 }
    #expect(trial.events.allSatisfy { if case .tick = $0 { true } else { false } })
  }

  /// Neither asks to be ended: only being ended will do.
  @Test func everythingIsEndedWithTheRun() throws {
    let trial = try ProcessTrial(
      """
      trap '' TERM
      sh -c 'trap "" TERM; echo $$ > "$DIR/child"; while :; do sleep 1; done' &
      echo $$ > "$DIR/program"
      \(Self.echo(Self.trade))
      while :; do sleep 1; done
      """
    ) { $0.process.grace = .milliseconds(50) }
    _ = try trial.read { $0.count == 1 }
    let deadline = ContinuousClock.now + ProcessTrial.patience
    func id(_ name: String) throws -> String {
      try String(contentsOfFile: trial.folder.path(name), encoding: .utf8).trimmingCharacters(in: .newlines)
    }
    while (try? id("child").isEmpty) != false, ContinuousClock.now < deadline { usleep(5_000) }
    let (program, child) = (try id("program"), try id("child"))
    #expect(!isGone(program) && !isGone(child))
    trial.stop()
    let end = ContinuousClock.now + ProcessTrial.patience
    while !(isGone(program) && isGone(child)), ContinuousClock.now < end { usleep(5_000) }
    #expect(isGone(program) && isGone(child))
  }
}
