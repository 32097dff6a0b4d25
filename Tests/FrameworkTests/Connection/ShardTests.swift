import Testing

@testable import ArbdFramework

struct ShardTests {
  private func subscriptions(_ markets: Range<Int>, _ channels: [Channel] = [.trades, .quotes]) -> [Subscription] {
    channels.flatMap { channel in markets.map { .scripted($0, channel) } }
  }

  private func shards(_ subscriptions: [Subscription], of streams: Int) -> [ConnectionPlan] {
    ConnectionPlan.shards(of: subscriptions, by: .scripted(streams: streams))
  }

  @Test func whatFitsOneConnectionIsOne() {
    #expect(shards(subscriptions(0..<50), of: 100).count == 1)
    #expect(shards([], of: 100).isEmpty)
  }

  @Test(arguments: [1, 2, 3, 7, 10, 20, 100])
  func everySubscriptionIsOnOneConnectionWithinTheLimit(streams: Int) {
    let all = subscriptions(0..<137)
    let shards = shards(all, of: streams)
    #expect(shards.allSatisfy { !$0.subscriptions.isEmpty && $0.subscriptions.count <= streams })
    #expect(shards.flatMap(\.subscriptions).count == all.count)
    #expect(Set(shards.flatMap(\.subscriptions)) == Set(all))
    guard streams > 1 else { return }
    for shard in shards {
      let byMarket = Dictionary(grouping: shard.subscriptions, by: \.market)
      #expect(byMarket.values.allSatisfy { $0.count == 2 })
    }
  }

  @Test func theOrderOfTheConfigDoesNotMatter() {
    let all = subscriptions(0..<137)
    #expect(shards(all, of: 20).map(\.subscriptions) == shards(all.reversed(), of: 20).map(\.subscriptions))
  }

  @Test(arguments: [100, 128, 200, 333, 500])
  func anInstrumentMoreMovesFewOthers(markets: Int) {
    func places(_ count: Int) -> [MarketID: Int] {
      var places: [MarketID: Int] = [:]
      for (place, shard) in shards(subscriptions(0..<count, [.trades]), of: 50).enumerated() {
        for subscription in shard.subscriptions { places[subscription.market] = place }
      }
      return places
    }
    let (before, after) = (places(markets), places(markets + 1))
    let moved = before.count { after[$0.key] != $0.value }
    #expect(moved * 4 < markets, "\(moved) of \(markets)")
  }
}
