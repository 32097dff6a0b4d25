internal import ArbdFramework
internal import ArbdTransport

extension Fault {
  /// How each kind is written. The order is the documentation's.
  package static let grammar = """
    stall [DURATION]                nothing is read or sent, nothing closes; for good without a duration
    close [CODE]                    close with that WebSocket code (default 1001)
    drop                            reset TCP
    frame KIND                      send a bad frame: garbage, truncated, masked, reserved, huge, utf8, json
    drip DURATION                   bytes leave one by one
    refuse DURATION                 nobody listens for new connections
    status CODE DURATION            answer requests for a WebSocket with that HTTP status
    wrong-accept DURATION           answer the handshake's key wrongly
    no-pong DURATION                leave pings unanswered
    refuse-subscriptions DURATION   answer requests to subscribe with an error
    ignore-subscriptions DURATION   do not answer requests to subscribe
    mute DURATION                   no market data; everything else goes on
    skip [COUNT]                    leave out so many trades (default 1)
    wrong-sequence [COUNT]          so many trades carry ids and sequences of the past
    duplicate [COUNT]               so many trades come twice
    reorder [COUNT]                 so many trades come behind their successor
    skew BY DURATION                the venue's clock is off, as in 5s or -5s
    burst DURATION [FACTOR]         everything happens so many times as often (default 100)
    halt DURATION                   nothing happens in the venue's markets; what was asked for is answered
    lose-updates [COUNT]            so many changes of books are not told (default 1)
    repeat-updates [COUNT]          so many are told twice
    reorder-updates [COUNT]         so many are told behind their successor
    wrong-checksum [COUNT]          so many come with a wrong checksum, where the venue sends one
    no-snapshot [COUNT]             so many books begin without their snapshot
    """

  /// Reads `VENUE KIND …`, as in `coinbase stall 5s`. `one` as the last word hits one connection instead of all.
  package init(_ text: String) throws(ScenarioError) {
    var words = text.split(separator: " ").map(String.init)
    let hitsOne = words.count > 2 && words.last == "one"
    if hitsOne { words.removeLast() }
    guard words.count >= 2 else { throw ScenarioError("\"\(text)\" is not of the form \"VENUE KIND …\"") }
    let venue = try words[0].scenarioVenue()
    var arguments = FaultArguments(kind: words[1], words: words.dropFirst(2))
    let kind = try Fault.kind(&arguments)
    try arguments.finish()
    self.init(venue, kind, hitsOne: hitsOne)
  }

  private static func kind(_ arguments: inout FaultArguments) throws(ScenarioError) -> Kind {
    switch arguments.kind {
    case "stall": .stall(try arguments.duration(default: .seconds(366 * 86_400)))
    case "close": .close(try arguments.closeCode())
    case "drop": .drop
    case "frame": .frame(try arguments.frame())
    case "drip": .drip(try arguments.duration())
    case "refuse": .refuse(try arguments.duration())
    case "status": .status(try arguments.number(in: 200...599), try arguments.duration())
    case "wrong-accept": .wrongAccept(try arguments.duration())
    case "no-pong": .noPong(try arguments.duration())
    case "refuse-subscriptions": .refuseSubscriptions(try arguments.duration())
    case "ignore-subscriptions": .ignoreSubscriptions(try arguments.duration())
    case "mute": .mute(try arguments.duration())
    case "skip": .skip(try arguments.count())
    case "wrong-sequence": .wrongSequence(try arguments.count())
    case "duplicate": .duplicate(try arguments.count())
    case "reorder": .reorder(try arguments.count())
    case "skew": .skew(by: try arguments.signedDuration(), try arguments.duration())
    case "burst": .burst(try arguments.duration(), factor: try arguments.number(in: 1...10_000, default: 100))
    case "halt": .halt(try arguments.duration())
    case "lose-updates": .loseUpdates(try arguments.count())
    case "repeat-updates": .repeatUpdates(try arguments.count())
    case "reorder-updates": .reorderUpdates(try arguments.count())
    case "wrong-checksum": .wrongChecksum(try arguments.count())
    case "no-snapshot": .noSnapshot(try arguments.count())
    default: throw arguments.unknownKind
    }
  }
}

extension ScheduledFault {
  /// Reads `AT VENUE KIND …`, as in `30s coinbase stall 5s`.
  package init(_ text: String) throws(ScenarioError) {
    let parts = text.split(separator: " ", maxSplits: 1).map(String.init)
    guard parts.count == 2 else { throw ScenarioError("\"\(text)\" is not of the form \"AT VENUE KIND …\"") }
    self.init(at: try parts[0].scenarioDuration(), try Fault(parts[1]))
  }
}

/// The words behind a fault's kind.
private struct FaultArguments {
  let kind: String
  var words: ArraySlice<String>

  var unknownKind: ScenarioError {
    let known = Fault.grammar.split(separator: "\n").compactMap { $0.split(separator: " ").first }
    return ScenarioError("\"\(kind)\" is no fault; there are \(known.joined(separator: ", "))")
  }

  mutating func duration(default fallback: Duration? = nil) throws(ScenarioError) -> Duration {
    guard let word = words.popFirst() else {
      guard let fallback else { throw ScenarioError("\(kind): a duration is missing, as in 5s") }
      return fallback
    }
    return try word.scenarioDuration()
  }

  mutating func signedDuration() throws(ScenarioError) -> Duration {
    guard let word = words.popFirst() else { throw ScenarioError("\(kind): a duration is missing, as in -5s") }
    return word.hasPrefix("-") ? try String(word.dropFirst()).scenarioDuration() * -1 : try word.scenarioDuration()
  }

  mutating func number(in range: ClosedRange<Int>, default fallback: Int? = nil) throws(ScenarioError) -> Int {
    guard let word = words.popFirst() else {
      guard let fallback else { throw ScenarioError("\(kind): a number is missing") }
      return fallback
    }
    guard let number = Int(word), range.contains(number) else {
      throw ScenarioError("\(kind): \"\(word)\" is no number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  mutating func count() throws(ScenarioError) -> Int { try number(in: 1...1_000_000, default: 1) }

  mutating func closeCode() throws(ScenarioError) -> CloseCode {
    let code = CloseCode(rawValue: UInt16(try number(in: 1_000...4_999, default: 1_001)))
    guard code.isSendable else { throw ScenarioError("close: code \(code.rawValue) may not be sent in a close frame") }
    return code
  }

  mutating func frame() throws(ScenarioError) -> FrameFault {
    let known = FrameFault.allCases.map(\.rawValue).joined(separator: ", ")
    guard let word = words.popFirst(), let frame = FrameFault(rawValue: word) else {
      throw ScenarioError("frame: name one of \(known)")
    }
    return frame
  }

  func finish() throws(ScenarioError) {
    if let word = words.first { throw ScenarioError("\(kind): \"\(word)\" is too much") }
  }
}
