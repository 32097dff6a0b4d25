import Testing

@testable import ArbdFramework

@Suite(.timeLimit(.minutes(5))) struct SinkInboxTests {
  private func trades(_ ids: ClosedRange<UInt64>) -> [Record] {
    ids.map { id in
      .trade(
        Trade(
          market: MarketID(index: 0), side: .buy, price: quantity("1"), size: quantity("1"), id: TradeID(id),
          eventTime: Timestamp(microseconds: 0), receiveTime: Timestamp(microseconds: 0)),
        Market(venue: "v", instrument: .btc))
    }
  }

  private func ids(_ records: [Record]) -> [String] {
    records.map { record in
      switch record {
      case .trade(let trade, _): trade.id.description
      case .alert: "alert"
      default: "other"
      }
    }
  }

  @Test func recordsLeaveInOrderInBatches() async {
    let inbox = SinkInbox(capacity: 16, policy: .wait)
    inbox.put(trades(1...5))
    #expect(await inbox.hasMore(batch: 3, wait: .zero))
    #expect(ids(inbox.take(3)) == ["1", "2", "3"])
    #expect(ids(inbox.take(3)) == ["4", "5"])
    inbox.end()
    #expect(await !inbox.hasMore(batch: 3, wait: .zero))
  }

  @Test func theOldestMakeRoomAndAlertsStay() {
    let inbox = SinkInbox(capacity: 16, policy: .dropOldest)
    inbox.put(trades(1...8) + [.alert(.sample(1))] + trades(9...20))
    #expect(inbox.dropped == 6)
    #expect(ids(inbox.take(100)) == ["7", "8", "alert"] + (9...20).map { "\($0)" })
  }

  @Test func theNewestFindNoRoomAndAlertsWait() async {
    let inbox = SinkInbox(capacity: 16, policy: .dropNewest)
    inbox.put(trades(1...20))
    #expect(inbox.dropped == 4 && inbox.count == 16)
    // Whoever puts may block, which no task may.
    let putter = inThread { inbox.put([.alert(.sample(1))]) }
    var taken: [Record] = []
    while taken.count < 17, await inbox.hasMore(batch: 4, wait: .zero) { taken += inbox.take(4) }
    putter.wait()
    #expect(ids(taken) == (1...16).map { "\($0)" } + ["alert"])
  }

  @Test func aFullQueueHoldsUpWhoPuts() async {
    let inbox = SinkInbox(capacity: 16, policy: .wait)
    let records = trades(1...1_000)
    let putter = inThread {
      inbox.put(records)
      inbox.end()
    }
    var taken: [Record] = []
    while await inbox.hasMore(batch: 7, wait: .zero) { taken += inbox.take(7) }
    putter.wait()
    #expect(ids(taken) == (1...1_000).map { "\($0)" } && inbox.dropped == 0)
  }

  @Test func afterItsEndNothingIsWaitedFor() async {
    let inbox = SinkInbox(capacity: 16, policy: .wait)
    inbox.end()
    inbox.put(trades(1...100))
    #expect(await !inbox.hasMore(batch: 1, wait: .seconds(60)))
  }

  @Test func aJournalsNewsWakesToo() async {
    let inbox = SinkInbox(capacity: 16, policy: .wait)
    inbox.read(upTo: 4)
    inbox.announce(6)
    #expect(await inbox.hasMore(batch: 10, wait: .zero))
    inbox.read(upTo: 6)
    inbox.end()
    #expect(await !inbox.hasMore(batch: 10, wait: .zero))
  }

  @Test func aBatchWaitsUntilItIsFullOrItsTimeIsOver() async {
    let inbox = SinkInbox(capacity: 16, policy: .wait)
    inbox.put(trades(1...1))
    #expect(await inbox.hasMore(batch: 3, wait: .milliseconds(1)))
    #expect(inbox.count == 1)
    let waiter = Task.detached { await inbox.hasMore(batch: 3, wait: .seconds(600)) }
    inbox.put(trades(2...3))
    #expect(await waiter.value)
    #expect(inbox.count == 3)
  }
}
