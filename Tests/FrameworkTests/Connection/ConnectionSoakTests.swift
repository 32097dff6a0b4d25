import Testing

@testable import ArbdFramework

/// A day with a fault a minute.
struct ConnectionSoakTests {
  private static let venue = VenueDescriptor.scripted(
    messageInterval: .milliseconds(300), lifetime: .seconds(3 * 3_600),
    attempts: [RateLimit(30, per: .seconds(300)), RateLimit(3, per: .seconds(1))],
    messages: [RateLimit(8, per: .seconds(1))])

  @Test(arguments: [1, 2, 3] as [UInt64])
  func aDayOfFaultsLeavesNothingStuck(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    let script = ConnectionScript(6, venue: ConnectionSoakTests.venue, seed: seed)
    script.keepsLines = false
    let watch = SoakWatch(script)
    script.check = { watch.check() }
    script.tell(.start)
    for _ in 0..<(24 * 60) {
      let fault = random.pick(Fault.allCases)
      fault.begin(script, &random)
      let duration = random.number(1...59)
      script.run(for: .seconds(duration))
      fault.end(script)
      script.run(for: .seconds(60 - duration))
      watch.minuteIsOver()
    }
    #expect(watch.problems.isEmpty, "\(watch.problems.prefix(5))")
    #expect(watch.longestWithoutData < .seconds(3_600), "\(watch.longestWithoutData)")
    // Most of the time all is well: a fault a minute, each of which may cost a minute to be noticed.
    #expect(watch.freshMinutes > 24 * 60 * 6 / 3, "\(watch.freshMinutes)")
    // The faults are over. The longest interval between two attempts at the same thing is 15 minutes.
    script.run(for: .seconds(1_200))
    script.forget()
    script.keepsLines = true
    script.run(for: .seconds(120))
    #expect(watch.problems.isEmpty, "\(watch.problems.prefix(5))")
    #expect(watch.silentStreams.isEmpty)
    #expect(script.connection.isLive && script.connection.state == .running)
    #expect(script.connection.reports.allSatisfy { $0 == nil })
    #expect(script.lines("status").isEmpty)
  }

  @Test(arguments: Fault.allCases, [1, 2] as [UInt64])
  func eachFaultHeals(fault: Fault, seed: UInt64) {
    var random = SeededRandom(seed: seed)
    let script = ConnectionScript.live(6, venue: ConnectionSoakTests.venue, seed: seed)
    script.run(for: .seconds(100))
    let watch = SoakWatch(script)
    script.check = { watch.check() }
    fault.begin(script, &random)
    script.run(for: .seconds(45))
    fault.end(script)
    script.run(for: .seconds(200))
    #expect(watch.problems.isEmpty, "\(watch.problems.prefix(5))")
    #expect(watch.silentStreams.isEmpty)
    #expect(script.connection.isLive && script.connection.reports.allSatisfy { $0 == nil })
  }

  enum Fault: CaseIterable {
    case refuseConnections
    case refuseForLong
    case serverTooBusy
    case forbidden
    case badCertificate
    case ignoreConnections
    case drop
    case dropForPolicy
    case mute
    case halfOpen
    case loseAnswers
    case loseAllAnswers
    case refuseOne
    case refuseAll
    case stallOne
    case stallMost
    case announceClosing
    case announceAndClose
    case demandReconnect
    case demandResubscription
    case quietMarket

    func begin(_ script: ConnectionScript, _ random: inout SeededRandom) {
      let slot = script.connection.primary
      let places = Array(script.connection.plan.subscriptions.indices)
      let one = random.pick(places)
      switch self {
      case .refuseConnections, .refuseForLong: refuse(script, NetworkFailure(.connect, "connection refused"))
      case .serverTooBusy:
        let pause = Duration.seconds(random.number(1...100))
        refuse(script, NetworkFailure(.handshake, "busy", status: 503, retryAfter: pause))
      case .forbidden: refuse(script, NetworkFailure(.handshake, "forbidden", status: 403))
      case .badCertificate: refuse(script, NetworkFailure(.tls, "certificate has expired"))
      case .ignoreConnections:
        script.venue.ignoresConnecting = true
        drop(script, nil)
      case .drop: drop(script, random.pick([1_000, 1_001, 1_006, nil]))
      case .dropForPolicy: drop(script, 1_008)
      case .mute: for slot in 0..<2 { script.venue.sockets[slot].isMute = true }
      case .halfOpen: for slot in 0..<2 { script.venue.sockets[slot].isHalfOpen = true }
      case .loseAnswers:
        script.venue.ignored = [one]
        drop(script, 1_001)
      case .loseAllAnswers:
        script.venue.ignored = Set(places)
        drop(script, 1_001)
      case .refuseOne:
        script.venue.refused = [one]
        drop(script, 1_001)
      case .refuseAll:
        script.venue.refused = Set(places)
        drop(script, 1_001)
      case .stallOne: script.venue.sockets[slot.rawValue].stalled.insert(one)
      case .stallMost: script.venue.sockets[slot.rawValue].stalled = Set(places.dropFirst())
      case .announceClosing: script.tell(.action(slot, .closing))
      case .announceAndClose:
        script.tell(.action(slot, .closing))
        script.run(for: .milliseconds(random.number(0...900)))
        script.venue.drop(slot, code: 1_001, at: script.now)
      case .demandReconnect: script.tell(.remedy(slot, .reconnect, reason: "bad frame"))
      case .demandResubscription:
        script.tell(.remedy(slot, .resubscribe([MarketID(index: Int32(one))]), reason: "gap"))
      case .quietMarket: script.venue.quiet = [one]
      }
    }

    /// Sockets that are mute, half-open or stalled stay so: only the connection can mend that.
    func end(_ script: ConnectionScript) {
      script.venue.failure = nil
      script.venue.ignoresConnecting = false
      script.venue.ignored = []
      script.venue.refused = []
      script.venue.quiet = []
    }

    private func refuse(_ script: ConnectionScript, _ failure: NetworkFailure) {
      script.venue.failure = failure
      drop(script, 1_006)
    }

    private func drop(_ script: ConnectionScript, _ code: UInt16?) {
      for slot in ConnectionSlot.allCases { script.venue.drop(slot, code: code, at: script.now) }
    }
  }
}

/// What has to be true at every moment.
private final class SoakWatch {
  private unowned let script: ConnectionScript
  private(set) var problems: [String] = []
  private(set) var longestWithoutData = Duration.zero
  /// Summed over streams.
  private(set) var freshMinutes = 0
  private var lastData: [Instant]
  private var marks: [Int64]
  private var outputs = 0
  private var steps = 0
  private var openSince: [Instant?] = [nil, nil]

  init(_ script: ConnectionScript) {
    self.script = script
    lastData = script.connection.plan.subscriptions.map { _ in .start }
    marks = script.connection.plan.subscriptions.map { _ in 0 }
  }

  var silentStreams: [Int] { lastData.indices.filter { script.now - lastData[$0] > .seconds(10) } }

  func check() {
    let (connection, now) = (script.connection, script.now)
    for place in marks.indices {
      let index = ScriptedVenue.Activity.index(connection.plan.subscriptions[place])
      let mark = script.venue.activity.times[0][index] &+ script.venue.activity.times[1][index] << 32
      if mark != marks[place] {
        longestWithoutData = max(longestWithoutData, now - lastData[place])
        (marks[place], lastData[place]) = (mark, now)
      }
    }
    let inUse = connection.sockets.count(where: \.isInUse)
    if inUse == 2, connection.renewal?.slot == nil { problem("two sockets, and no renewal") }
    if inUse == 0, connection.state == .running { problem("running without a socket") }
    if inUse > 0, connection.state != .running { problem("a socket in use while \(connection.state)") }
    for slot in 0..<2 {
      let since = connection.sockets[slot].openSince
      if let since, now - since > .seconds(3 * 3_600) { problem("a socket has outlived its lifetime") }
      if connection.sockets[slot].pacer.count > 200 { problem("messages pile up") }
    }
    guard let deadline = connection.deadline else { return problem("nothing to wait for") }
    if deadline > now + .seconds(600) { problem("waits for too long") }
  }

  func minuteIsOver() {
    freshMinutes += lastData.count { script.now - $0 < .seconds(10) }
    if script.outputCount - outputs > 300 { problem("\(script.outputCount - outputs) outputs in a minute") }
    if script.steps - steps > 1_500 { problem("\(script.steps - steps) steps in a minute") }
    (outputs, steps) = (script.outputCount, script.steps)
    checkRates()
  }

  private func checkRates() {
    let opens = script.opens.suffix(40)
    for (place, instant) in opens.enumerated() {
      let earlier = opens.prefix(place + 1)
      if earlier.count(where: { instant - $0 < .seconds(300) }) > 30 { problem("too many attempts in five minutes") }
      if earlier.count(where: { instant - $0 < .seconds(1) }) > 3 { problem("too many attempts in a second") }
    }
    for slot in ConnectionSlot.allCases {
      let sends = script.sends.filter { $0.slot == slot }.map(\.at)
      if zip(sends, sends.dropFirst()).contains(where: { $1 - $0 < .milliseconds(300) }) { problem("sent too soon") }
    }
    script.forgetSends()
  }

  private func problem(_ text: String) { problems.append("\(script.now.sinceStart): \(text)") }
}
