import Testing

@testable import ArbdFramework

/// What a connection does, each rule by itself.
struct ConnectionTests {
  @Test func connectsSubscribesAndGoesLive() {
    let script = ConnectionScript()
    script.tell(.start)
    script.run(for: .seconds(3))
    #expect(
      script.lines == [
        "0 status first all connecting: ", "0 open first", "0.1 send first +0,1", "1 status first all live: ",
      ])
  }

  @Test func triesForEverWithGrowingDelays() throws {
    let script = ConnectionScript()
    script.venue.failure = NetworkFailure(.connect, "connection refused")
    script.tell(.start)
    script.run(for: .seconds(3_600))
    let delays = zip(script.opens, script.opens.dropFirst()).map { $1 - $0 - ScriptedVenue.latency }
    for (number, delay) in delays.enumerated() {
      #expect(delay <= Duration.seconds(1).doubled(number, atMost: .seconds(60)))
    }
    // Full jitter: half of the cap in the mean.
    #expect((90...180).contains(script.opens.count), "\(script.opens.count)")
    #expect(script.lines("status", "down: connection refused; again in").count == script.opens.count)
  }

  @Test func beginsAnewAfterAConnectionThatLived() throws {
    let script = ConnectionScript()
    script.venue.failure = NetworkFailure(.connect, "connection refused")
    script.tell(.start)
    script.run(for: .seconds(600))
    script.venue.failure = nil
    script.run(for: .seconds(180))
    script.forget()
    script.venue.drop(.first, code: 1_006, at: script.now)
    script.run(for: .seconds(2))
    #expect(script.opens.count == 1)
    #expect(script.lines("status first all down: closed with code 1006; again in").count == 1)
    #expect(script.lines("status first all live").count == 1)
  }

  @Test func aConnectionThatDidNotLiveDoesNotResetTheDelay() {
    let script = ConnectionScript()
    script.check = { [unowned script] in script.venue.drop(.first, code: 1_011, at: script.now) }
    script.tell(.start)
    script.run(for: .seconds(3_600))
    #expect((90...180).contains(script.opens.count), "\(script.opens.count)")
  }

  @Test func obeysRetryAfterForAllConnectionsOfTheVenue() throws {
    let script = ConnectionScript()
    script.venue.failure = NetworkFailure(.handshake, "503", status: 503, retryAfter: .seconds(300))
    script.tell(.start)
    script.run(for: .seconds(1))
    #expect(script.budget.takeAttempt(at: script.now) == .start + .milliseconds(300_100))
    script.run(for: .seconds(298))
    #expect(script.opens.count == 1)
    script.run(for: .seconds(2))
    #expect(script.opens.count == 2)
  }

  @Test(arguments: [
    NetworkFailure(.tls, "certificate has expired"), NetworkFailure(.handshake, "forbidden", status: 403),
    NetworkFailure(.handshake, "not found", status: 404),
  ])
  func whatLooksPermanentIsTriedAtTheCap(failure: NetworkFailure) {
    let script = ConnectionScript()
    script.venue.failure = failure
    script.tell(.start)
    script.run(for: .seconds(600))
    let delays = zip(script.opens, script.opens.dropFirst()).map { $1 - $0 }
    #expect(delays.count >= 9)
    #expect(delays.allSatisfy { $0 >= .seconds(30) && $0 <= .seconds(61) })
    #expect(script.lines("error \(failure.reason)").count == 1)
    #expect(script.lines("warning \(failure.reason)").count == script.opens.count - 1)
    script.venue.failure = nil
    script.run(for: .seconds(65))
    #expect(script.lines("all live").count == 1)
  }

  @Test func aSocketThatIsNeverAnsweredIsGivenUp() {
    let script = ConnectionScript()
    script.venue.ignoresConnecting = true
    script.tell(.start)
    script.run(for: .seconds(1))
    script.venue.ignoresConnecting = false
    script.run(for: .seconds(35))
    #expect(script.lines("close first: not connected within 30 s").count == 1)
    #expect(script.lines("all live").count == 1)
  }

  @Test func aHalfOpenSocketIsFoundByItsSilence() throws {
    let script = ConnectionScript.live()
    script.venue.sockets[0].isHalfOpen = true
    script.run(for: .seconds(60))
    #expect(script.lines("ping first").count == 2)
    let second = try #require(script.second("close first: nothing has arrived for 45 s"))
    #expect((48...52).contains(second))
    // The socket that is being closed does not keep the next one waiting.
    #expect(script.lines("all live").count == 1)
  }

  @Test func aVenueOfManyWordsIsPingedInItsOwn() {
    let script = ConnectionScript.live(venue: .scripted(keepalive: .text("ping", every: .seconds(20))))
    script.run(for: .seconds(100))
    #expect(script.lines("send first ping").count == 5)
  }

  @Test func stopsForGood() {
    let script = ConnectionScript.live()
    script.tell(.stop)
    #expect(script.lines("close first: stopped").count == 1)
    #expect(!script.connection.isFinished)
    script.run(for: .seconds(100))
    #expect(script.connection.isFinished)
    #expect(script.connection.deadline == nil)
    #expect(script.opens.isEmpty)
  }

  @Test func aSessionThatWantsToStopIsStopped() {
    let script = ConnectionScript.live()
    script.tell(.remedy(.first, .stop, reason: "no such version"))
    script.run(for: .seconds(600))
    #expect(script.lines("error stopped for good: no such version").count == 1)
    #expect(script.lines("status first all down: no such version").count == 1)
    #expect(script.opens.isEmpty)
  }

  @Test func aSessionThatWantsToReconnectIsReconnected() {
    let script = ConnectionScript.live()
    script.tell(.remedy(.first, .reconnect, reason: "bad frame"))
    script.run(for: .seconds(5))
    #expect(script.lines("close first: bad frame").count == 1)
    #expect(script.lines("all live").count == 1)
  }

  @Test func messagesAreSentInOrderAndPaced() {
    let script = ConnectionScript.live(venue: .scripted(messageInterval: .milliseconds(300)))
    for number in 0..<5 { script.tell(.action(.first, .send("message \(number)"))) }
    script.run(for: .seconds(3))
    #expect(
      script.lines("send") == [
        "5 send first message 0", "5.3 send first message 1", "5.6 send first message 2",
        "5.9 send first message 3", "6.2 send first message 4",
      ])
  }

  @Test func messagesOfAllConnectionsKeepBelowTheLimitOfTheAddress() {
    let script = ConnectionScript.live(
      venue: .scripted(messageInterval: .zero, messages: [RateLimit(4, per: .seconds(1))]))
    for number in 0..<9 { script.tell(.action(.first, .send("message \(number)"))) }
    script.run(for: .seconds(3))
    #expect(script.sends.map(\.at.sinceStart) == [5, 5, 5, 6, 6, 6, 7, 7, 7].map { .seconds($0) })
  }

  @Test func aSessionThatSendsWithoutEndIsCutOff() {
    let script = ConnectionScript.live(policy: { $0.maximumWaitingMessages = 100 })
    for number in 0..<200 { script.connection.receive(.action(.first, .send("\(number)")), at: script.now) }
    script.run(for: .seconds(5))
    #expect(script.lines("close first: more than 100 messages wait to be sent").count == 1)
  }
}
