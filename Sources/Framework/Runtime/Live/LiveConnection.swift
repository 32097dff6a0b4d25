/// One connection of a live source: its state machine, and what the slots of that are in the input log.
struct LiveConnection {
  /// Its place among the sources.
  let source: Int
  /// By `ConnectionSlot.rawValue`.
  let ids: [ConnectionID]
  var machine: Connection
  /// What it has said of itself and its streams.
  var reports = LiveReports()

  func id(of slot: ConnectionSlot) -> ConnectionID { ids[slot.rawValue] }
}

/// What a connection's watchdog reads.
struct LiveActivity: ConnectionActivity {
  let network: any Network
  let ids: [ConnectionID]
  /// By slot.
  let links: [SessionLink]

  func received(_ slot: ConnectionSlot) -> UInt64 { network.received(ids[slot.rawValue]) }

  func heartbeats(_ slot: ConnectionSlot) -> UInt64 { links[slot.rawValue].heartbeats }

  func lastData(_ slot: ConnectionSlot, _ subscription: Subscription) -> Timestamp {
    links[slot.rawValue].streamTimes[subscription.market, subscription.channel]
  }
}
