/// One of the two sockets that a connection may have: a second one only while it takes over from the first. Each has a
/// number of its own in the input log, and a session of its own.
enum ConnectionSlot: Int, Sendable, CaseIterable {
  case first, second

  var other: ConnectionSlot { self == .first ? .second : .first }
}

/// What a connection has to be told.
enum ConnectionInput: Sendable {
  case start
  /// The network's outcomes.
  case opened(ConnectionSlot)
  case failed(ConnectionSlot, NetworkFailure)
  case closed(ConnectionSlot, code: UInt16?, reason: String)
  /// What the slot's session said.
  case action(ConnectionSlot, SessionOutput.Action)
  case remedy(ConnectionSlot, SessionError.Remedy, reason: String)
  /// What the venue's list says of a market: `obstacle` is why it is not traded, nil when it is.
  case listed(MarketID, obstacle: String?)
  /// Closes what is open, for good.
  case stop
}

/// What has arrived over a connection's sockets, as counts and times that are written on the way of the data and read
/// here once a second. Values are compared with those read before; what they are does not matter.
protocol ConnectionActivity {
  /// Changes with everything that arrives: frames, pings, pongs.
  func received(_ slot: ConnectionSlot) -> UInt64
  /// Changes with each heartbeat of the venue, by `SessionOutput.heartbeat`.
  func heartbeats(_ slot: ConnectionSlot) -> UInt64
  /// Changes with the data of a stream, and with nothing else.
  func lastData(_ slot: ConnectionSlot, _ subscription: Subscription) -> Timestamp
}
