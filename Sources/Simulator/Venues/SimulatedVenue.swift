package import ArbdFramework
package import ArbdTransport

/// A client's WebSocket, by its number in the server.
package struct ConnectionID: Sendable, Hashable {
  package let number: Int

  package init(_ number: Int) { self.number = number }
}

/// One venue's side of its protocol, without sockets and clocks: what clients send and what markets do comes in, what
/// clients get comes out. Times are simulated ones and never go back.
package protocol SimulatedVenue: Sendable {
  /// Whether requests to subscribe are heeded.
  var subscriptionHandling: SubscriptionHandling { get set }

  /// Why no WebSocket opens at this target; nil when one does.
  mutating func refusal(of target: RequestTarget, at time: Timestamp) -> HTTPAnswer?
  /// The answer to a plain GET.
  func answer(_ target: RequestTarget, at time: Timestamp) -> HTTPAnswer

  mutating func opened(_ id: ConnectionID, _ target: RequestTarget, at time: Timestamp, _ output: inout VenueOutput)
  mutating func received(_ text: [UInt8], from id: ConnectionID, at time: Timestamp, _ output: inout VenueOutput)
  /// A ping or a pong came; answering pings is the server's work.
  mutating func received(
    _ control: ControlFrame, _ payload: [UInt8], from id: ConnectionID, at time: Timestamp, _ output: inout VenueOutput)
  /// Called once for each connection, whoever closed it. It gets nothing any more.
  mutating func closed(_ id: ConnectionID)

  mutating func happened(_ event: SimulatedEvent, _ output: inout VenueOutput)
  /// When `tick` wants to be called, if at all.
  var nextTick: Timestamp? { get }
  mutating func tick(at time: Timestamp, _ output: inout VenueOutput)
}

package enum ControlFrame: Sendable {
  case ping, pong
}

package enum SubscriptionHandling: Sendable, Equatable {
  case heed
  /// Every request is answered with the venue's error.
  case refuse
  /// No request is answered.
  case ignore
}
