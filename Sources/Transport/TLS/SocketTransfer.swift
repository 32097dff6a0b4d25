/// What became of a call that reads or writes a socket without waiting.
enum SocketTransfer {
  /// At least one.
  case bytes(Int)
  case blocked(until: SocketReadiness)
  /// The peer sends nothing more.
  case end
  /// The socket is of no use any more; in the system's or OpenSSL's words.
  case broken(String)
}

/// What a socket has to be ready for.
enum SocketReadiness {
  case reading
  case writing
}
