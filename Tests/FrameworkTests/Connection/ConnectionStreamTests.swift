import Testing

@testable import ArbdFramework

/// The watchdog and the counting of acknowledgements.
struct ConnectionStreamTests {
  @Test func aSilentStreamIsStaleAtOnceAndThenSubscribedAnew() throws {
    let script = ConnectionScript.live(3)
    script.venue.sockets[0].stalled = [1]
    script.run(for: .seconds(70))
    let stale = try #require(script.second("status first trades of M1-USD stale: no trades for 60 s"))
    #expect((64...66).contains(stale))
    #expect(script.second("unsubscribe first trades of M1-USD") == stale + 1)
    #expect(script.second("status first trades of M1-USD live") == stale + 2)
    #expect(script.lines("status").count == 2)
    #expect(script.opens.isEmpty)
  }

  @Test func eachChannelIsWatchedByItself() {
    let script = ConnectionScript.live(2, channels: [.trades, .quotes])
    script.venue.quiet = [2]
    script.run(for: .seconds(100))
    #expect(
      script.lines("stale").map { $0.drop { $0 != " " } } == [
        " status first trades of M1-USD stale: no trades for 60 s"
      ])
  }

  @Test func heartbeatsAndAnswersDoNotFeedTheWatchdog() {
    let script = ConnectionScript.live(2)
    script.venue.sendsHeartbeats = true
    script.venue.quiet = [0]
    script.run(for: .seconds(70))
    #expect(script.lines("M0-USD stale").count == 1)
  }

  @Test func aQuietMarketIsSubscribedAnewMoreAndMoreRarely() throws {
    let script = ConnectionScript.live(10)
    script.venue.quiet = [3]
    script.run(for: .seconds(6 * 3_600))
    let times = script.lines("unsubscribe first trades of M3-USD").compactMap { line in
      Double(line.prefix { $0 != " " })
    }
    let intervals = zip(times, times.dropFirst()).map { $1 - $0 }
    #expect(intervals.prefix(3).map { Int($0 / 60) } == [1, 2, 4])
    #expect(intervals.dropFirst(4).allSatisfy { $0 == 900 || $0 == 960 })
    // It stays withdrawn, and the others are not disturbed.
    #expect(script.lines("status").count == 1)
    #expect(script.opens.isEmpty)
    script.venue.quiet = []
    script.run(for: .seconds(3))
    #expect(script.lines("status first trades of M3-USD live").count == 1)
  }

  @Test func manyQuietMarketsAreSubscribedAnewTogether() {
    let script = ConnectionScript.live(30)
    for place in 0..<10 {
      script.venue.quiet.insert(place)
      script.run(for: .seconds(7))
    }
    script.run(for: .seconds(1_800))
    script.forget()
    script.run(for: .seconds(3_600))
    #expect(script.lines("unsubscribe").count <= 40, "\(script.lines("unsubscribe").count)")
  }

  @Test func whenAllStreamsAreSilentTheConnectionIsMadeAnew() throws {
    let script = ConnectionScript.live(4)
    script.venue.sockets[0].isMute = true
    script.run(for: .seconds(140))
    #expect(script.lines("unsubscribe").count == 1)
    let second = try #require(script.second("close first: 4 of 4 streams are silent"))
    #expect((124...128).contains(second))
    #expect(script.lines("all live").count == 1)
  }

  @Test func aMajorityIsReplacedWithoutHarmToTheRest() throws {
    let script = ConnectionScript.live(5)
    script.venue.quiet = [0, 1, 2]
    script.run(for: .seconds(135))
    #expect(script.second("info another connection is opened to take over: 3 of 5 streams are silent") != nil)
    #expect(script.lines("takes over").count == 1)
    #expect(script.lines("all down").isEmpty)
    script.run(for: .seconds(3 * 3_600))
    // Venues that are quiet at night are not bothered all night.
    #expect(script.opens.count <= 20, "\(script.opens.count)")
  }

  @Test func aVenueThatIsStillThereIsGivenMoreTime() throws {
    let script = ConnectionScript.live(1)
    script.venue.sendsHeartbeats = true
    script.venue.quiet = [0]
    script.run(for: .seconds(1_000))
    let second = try #require(script.second("close first: 1 of 1 streams are silent"))
    #expect(second > 480)
  }

  @Test func aMissingAnswerIsAskedForAgainAndNamed() throws {
    let script = ConnectionScript(3)
    script.venue.ignored = [1]
    script.tell(.start)
    script.run(for: .seconds(12))
    let second = try #require(script.second("error not acknowledged within 10 s: trades of M1-USD"))
    #expect(second == 11)
    #expect(script.lines("status first trades of M1-USD down: not acknowledged within 10 s").count == 1)
    #expect(script.lines("11 subscribe first trades of M1-USD").count == 1)
    script.venue.ignored = []
    script.run(for: .seconds(25))
    #expect(script.lines("status first trades of M1-USD live").count == 1)
    #expect(script.opens.count == 2)
    #expect(script.lines("all down").isEmpty)
  }

  @Test func aSecondMissingAnswerReplacesTheConnection() {
    let script = ConnectionScript(3)
    script.venue.ignored = [1]
    script.tell(.start)
    script.run(for: .seconds(35))
    #expect(script.lines("another connection is opened to take over: 1 of 3 streams are silent").count == 1)
    // The next one does no better: it takes over all the same, and the streams that work are not disturbed by more.
    script.run(for: .seconds(3_600))
    #expect(script.opens.count <= 10, "\(script.opens.count)")
    #expect(script.lines("all down").isEmpty)
  }

  @Test func withoutAnyAnswerTheConnectionIsMadeAnew() {
    let script = ConnectionScript(3)
    script.venue.ignored = [0, 1, 2]
    script.tell(.start)
    script.run(for: .seconds(60))
    #expect(script.lines("close first: 3 of 3 streams are silent").count == 1)
    script.venue.ignored = []
    script.run(for: .seconds(180))
    #expect(script.lines("all live").count == 1)
  }

  @Test func dataIsAsGoodAsAnAnswer() {
    let script = ConnectionScript(1)
    script.tell(.start)
    script.venue.ignored = [0]
    script.check = { [unowned script] in script.venue.sockets[0].subscribed = [0] }
    script.run(for: .seconds(60))
    #expect(script.lines("error").isEmpty)
  }

  @Test func theWaitForAnswersBeginsWhenTheLastRequestIsSent() {
    let script = ConnectionScript(2, venue: .scripted(messageInterval: .seconds(2)))
    script.venue.ignored = [0, 1]
    script.tell(.start)
    script.run(for: .milliseconds(500))
    for _ in 0..<5 { script.tell(.action(.first, .send("more"))) }
    script.run(for: .seconds(40))
    #expect((20...22).contains(script.second("error not acknowledged") ?? 0))
  }

  @Test func aRefusalIsAskedAgainAtTheCapAndHarmsNoOther() throws {
    let script = ConnectionScript(3)
    script.venue.refused = [0, 2]
    script.tell(.start)
    script.run(for: .seconds(61))
    #expect(script.lines("status first trades of M0-USD down: refused: no; again in 60 s").count == 1)
    // Each by itself: the one may have been refused for the other.
    #expect(script.lines("61 subscribe first trades of M0-USD").count == 1)
    #expect(script.lines("61 subscribe first trades of M2-USD").count == 1)
    script.venue.refused = []
    script.run(for: .seconds(200))
    #expect(script.lines("trades of M0-USD live").count == 1)
    #expect(script.opens.count == 1)
  }

  @Test func aDelistedMarketIsAskedForMoreAndMoreRarely() {
    let script = ConnectionScript(3)
    script.venue.refused = [0]
    script.tell(.start)
    script.run(for: .seconds(12 * 3_600))
    #expect((45...60).contains(script.lines("M0-USD down: refused").count))
    #expect(script.opens.count == 1)
  }

  @Test func aSessionCanHaveStreamsMended() {
    let script = ConnectionScript.live(3)
    script.tell(.remedy(.first, .resubscribe([MarketID(index: 2)]), reason: "sequence broken"))
    script.tell(.remedy(.first, .resubscribe([MarketID(index: 2)]), reason: "sequence broken"))
    script.run(for: .seconds(3))
    #expect(
      script.lines == [
        "5 status first trades of M2-USD resynchronising: sequence broken", "5 unsubscribe first trades of M2-USD",
        "5 subscribe first trades of M2-USD", "5 send first -2", "5.1 send first +2",
        "6 status first trades of M2-USD live: ",
      ])
  }
}
