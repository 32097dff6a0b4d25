/// How messages are compressed on a connection, as agreed in the handshake: RFC 7692, section 7.1.
package struct DeflateParameters: Sendable, Equatable {
  package struct Direction: Sendable, Equatable {
    /// Whether a message may refer to those before it.
    package var keepsContext = true
    /// The base-two logarithm of how far back it may refer: 8 to 15.
    package var windowBits = 15

    package init(keepsContext: Bool = true, windowBits: Int = 15) {
      self.keepsContext = keepsContext
      self.windowBits = windowBits
    }
  }

  /// Of what the server sends.
  package var server = Direction()
  /// Of what the client sends.
  package var client = Direction()

  package init(server: Direction = Direction(), client: Direction = Direction()) {
    self.server = server
    self.client = client
  }

  subscript(from sender: WebSocketRole) -> Direction { sender == .server ? server : client }
}
