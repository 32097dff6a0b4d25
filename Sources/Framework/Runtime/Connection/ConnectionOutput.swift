internal import Logging

/// What a connection wants done, in this order.
enum ConnectionOutput: Sendable, Equatable {
  /// Open the slot's socket. A fresh session belongs to it from then on.
  case open(ConnectionSlot)
  /// Close the slot's socket, or give up opening it.
  case close(ConnectionSlot, reason: String)
  /// It is the message's turn now.
  case send(ConnectionSlot, String)
  case ping(ConnectionSlot)
  /// Have the slot's session ask for these again, or for them no longer; what it wants to send comes back as actions.
  case subscribe(ConnectionSlot, [Subscription])
  case unsubscribe(ConnectionSlot, [Subscription])
  /// For the input log. Without a subscription: everything that the slot carries.
  case status(ConnectionSlot, Subscription?, VenueStatus.State, reason: String)
  case log(Logger.Level, String)
}
