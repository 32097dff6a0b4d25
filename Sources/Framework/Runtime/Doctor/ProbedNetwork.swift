/// A network that tells more of a socket than a run wants to know.
package protocol ProbedNetwork: Network {
  /// What is known of the connection's socket so far; nil when it has none.
  func particulars(of connection: ConnectionID) -> SocketParticulars?
}

/// How a socket came about.
package struct SocketParticulars: Sendable, Equatable {
  /// Host and port at the other end, as numbers: a proxy's, where there is one. Nil before there is a connection.
  package var address: String?
  /// How long looking the name up took, connecting, and agreeing on TLS; nil for what is not done, or is not needed.
  package var lookup: Duration?
  package var connect: Duration?
  package var tls: Duration?
  /// When the server's certificate ends.
  package var certificateEnd: Timestamp?
  /// How many have arrived.
  package var pongs: UInt64 = 0

  package init() {}
}
