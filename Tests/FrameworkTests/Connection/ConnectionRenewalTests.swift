import Testing

@testable import ArbdFramework

/// A second socket that takes over from the first.
struct ConnectionRenewalTests {
  private static let shortLived = VenueDescriptor.scripted(lifetime: .seconds(4_800))

  @Test(arguments: 1...10)
  func isPlannedSomeTimeBeforeTheEnd(seed: UInt64) throws {
    let script = ConnectionScript.live(venue: ConnectionRenewalTests.shortLived, seed: seed)
    script.run(for: .seconds(4_790))
    let second = try #require(script.second("open second"))
    #expect((4_600...4_701).contains(second))
  }

  @Test(arguments: [(86_400, 1_800, 3_600), (3_600, 75, 150), (600, 60, 120), (60, 15, 30)])
  func theLeadSuitsTheLifetime(lifetime: Int, shortest: Int, longest: Int) throws {
    var random = SeededRandom(seed: 1)
    let policy = ConnectionPolicy(.scripted(lifetime: .seconds(lifetime)))
    let leads = (0..<100).compactMap { _ in policy.renewalLead(using: &random) }
    #expect(leads.count == 100)
    #expect(leads.allSatisfy { $0 >= .seconds(shortest) && $0 <= .seconds(longest) })
  }

  @Test func leavesNoMomentWithoutData() {
    let script = ConnectionScript.live(venue: ConnectionRenewalTests.shortLived)
    script.run(for: .seconds(4_790))
    #expect(
      script.lines("status").map { String($0.drop { $0 != " " }.dropFirst()) } == [
        "status second all live: takes over: the venue ends connections after 4800 s"
      ])
    let order = script.lines.compactMap { line in
      ["open second", "takes over:", "close first"].first(where: line.contains)
    }
    #expect(order.suffix(3) == ["open second", "takes over:", "close first"])
    // And back again a day later.
    script.forget()
    script.run(for: .seconds(4_790))
    #expect(script.lines("status first all live: takes over").count == 1)
  }

  @Test func waitsForDataOnTheNewSocket() throws {
    let script = ConnectionScript.live(3)
    script.tell(.action(.first, .closing))
    script.check = { [unowned script] in script.venue.sockets[1].stalled = [2] }
    script.run(for: .seconds(20))
    #expect(script.lines("takes over:").isEmpty)
    script.check = {}
    script.venue.sockets[1].stalled = []
    script.run(for: .seconds(3))
    #expect(script.lines("status second all live: takes over").count == 1)
  }

  @Test func takesOverInTheEndWithMostOfTheStreams() {
    let script = ConnectionScript.live(3)
    script.tell(.action(.first, .closing))
    script.check = { [unowned script] in script.venue.sockets[1].stalled = [2] }
    script.run(for: .seconds(40))
    #expect((35...37).contains(script.second("status second all live: takes over") ?? 0))
  }

  @Test func aFailureLeavesTheOldSocketInUse() {
    let script = ConnectionScript.live(3)
    script.venue.failure = NetworkFailure(.connect, "refused")
    script.tell(.action(.first, .closing))
    script.run(for: .seconds(600))
    #expect(script.opens.count > 5)
    #expect(script.lines("status").isEmpty)
    script.venue.failure = nil
    script.run(for: .seconds(70))
    #expect(script.lines("status second all live: takes over").count == 1)
  }

  @Test func anUnusableNewSocketIsGivenUp() {
    let script = ConnectionScript.live(2)
    script.venue.ignored = [0, 1]
    script.tell(.action(.first, .closing))
    script.run(for: .seconds(35))
    #expect(script.lines("close second: not ready within 30 s").count == 1)
    #expect(script.lines("status").isEmpty)
  }

  @Test func theEndOfTheOldSocketMakesTheNewOneTakeOverAtOnce() {
    let script = ConnectionScript.live(2)
    script.tell(.action(.first, .closing))
    script.run(for: .milliseconds(200))
    script.venue.drop(.first, code: 1_001, at: script.now)
    script.run(for: .seconds(3))
    #expect(script.lines("status first all down: closed with code 1001; another connection takes over").count == 1)
    #expect(script.lines("status second all live").count == 1)
    #expect(script.opens.count == 1)
  }

  @Test func theEndOfTheOldSocketWithoutANewOneIsALoss() {
    let script = ConnectionScript.live(2)
    script.venue.failure = NetworkFailure(.connect, "refused")
    script.tell(.action(.first, .closing))
    script.run(for: .seconds(10))
    script.venue.failure = nil
    script.venue.drop(.first, code: 1_001, at: script.now)
    script.run(for: .seconds(10))
    #expect(script.lines("all live").count == 1)
    #expect(script.connection.state == .running)
  }

  @Test func aNoticeOnTheNewSocketGivesThatUp() {
    let script = ConnectionScript.live(2)
    script.venue.ignoresConnecting = true
    script.tell(.action(.first, .closing))
    script.run(for: .seconds(1))
    script.tell(.action(.second, .closing))
    #expect(script.lines("close second: the venue will close the connection").count == 1)
  }
}
