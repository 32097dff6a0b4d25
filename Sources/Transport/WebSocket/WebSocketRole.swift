/// Which end of a WebSocket one is: clients mask what they send, servers must not.
package enum WebSocketRole: Sendable, Equatable {
  case client
  case server
}

/// What a message is made of.
package enum MessageKind: Sendable, Equatable {
  /// UTF-8.
  case text
  case binary
}
