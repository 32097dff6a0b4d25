extension ConnectionPlan {
  /// Spreads subscriptions over as many connections as the venue's limit asks for: channels of one instrument together,
  /// unless a connection cannot hold them.
  ///
  /// The same set gives the same plans, in whatever order; with an instrument more or less, most of the others stay
  /// where they are. So several connections are filled to nine tenths only, and each instrument goes to the first
  /// connection with room in an order that its symbol alone decides (rendezvous hashing).
  static func shards(of subscriptions: [Subscription], by venue: VenueDescriptor) -> [ConnectionPlan] {
    let capacity = max(1, venue.streamsPerConnection)
    guard subscriptions.count > capacity else {
      return subscriptions.isEmpty ? [] : [ConnectionPlan(subscriptions: subscriptions)]
    }
    let units = units(of: subscriptions, capacity: capacity)
    let filled = max(1, capacity * 9 / 10)
    var shards = [[Subscription]](repeating: [], count: (subscriptions.count + filled - 1) / filled)
    for unit in units {
      let ranked = shards.indices.sorted { unit.preference(for: $0) > unit.preference(for: $1) }
      if let place = ranked.first(where: { shards[$0].count + unit.subscriptions.count <= capacity }) {
        shards[place] += unit.subscriptions
      } else {
        shards.append(unit.subscriptions)
      }
    }
    return shards.filter { !$0.isEmpty }.map(ConnectionPlan.init(subscriptions:))
  }

  /// What stays together.
  private struct Unit {
    var subscriptions: [Subscription]
    let key: String
    let hash: UInt64

    init(_ subscription: Subscription, key: String) {
      subscriptions = [subscription]
      self.key = key
      hash = key.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }

    func preference(for shard: Int) -> UInt64 {
      var mixed = hash ^ (UInt64(shard) &* 0x9E37_79B9_7F4A_7C15)
      mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
      mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
      return mixed ^ (mixed >> 31)
    }
  }

  /// In an order that no other instrument has an influence on.
  private static func units(of subscriptions: [Subscription], capacity: Int) -> [Unit] {
    var places: [String: Int] = [:]
    var units: [Unit] = []
    for subscription in subscriptions {
      if let place = places[subscription.symbol] {
        units[place].subscriptions.append(subscription)
      } else {
        places[subscription.symbol] = units.count
        units.append(Unit(subscription, key: subscription.symbol))
      }
    }
    units = units.flatMap { unit in
      unit.subscriptions.count <= capacity
        ? [unit] : unit.subscriptions.map { Unit($0, key: "\($0.symbol) \($0.channel.rawValue)") }
    }
    for place in units.indices { units[place].subscriptions.sort { $0.channel.rawValue < $1.channel.rawValue } }
    return units.sorted { ($0.hash, $0.key) < ($1.hash, $1.key) }
  }
}
