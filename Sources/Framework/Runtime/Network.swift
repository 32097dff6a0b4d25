/// What the live runtime needs of a network: sockets that carry messages, and requests that are answered.
///
/// One thread calls everything but `wake`; no call blocks but `wait`. What happens is told by `wait` alone.
package protocol Network: AnyObject {
  /// Begins to open a WebSocket. Ends in `NetworkOutcome.opened` or `.failed`. Of a connection that is open already the
  /// older socket ends first.
  func open(_ connection: ConnectionID, _ request: WebSocketRequest)

  /// Sends a text message, after those that the socket has not taken yet. Without an open socket it does nothing; when the
  /// peer has not read for too long the connection is closed.
  func send(_ connection: ConnectionID, text: String)

  /// Sends a ping. Without an open socket it does nothing.
  func ping(_ connection: ConnectionID)

  /// Begins the closing handshake, or gives up connecting. Ends in `.closed` or `.failed`, within a few seconds also when
  /// the peer is silent.
  func close(_ connection: ConnectionID, reason: String)

  /// Begins a request. Its answer is a `response` event of the connection in a batch; a request that was not answered ends
  /// in `NetworkOutcome.unanswered`.
  func fetch(_ request: HTTPRequest, for connection: ConnectionID, number: Int)

  /// Waits until something has happened, `wake` was called or the time is over, and appends what arrived: `connected`,
  /// `frame`, `binaryFrame`, `disconnected`, `response`, each stamped when its bytes left the socket, in the order of
  /// arrival for each connection. Reads no more than a batch's worth: what is left stays in the sockets, so that a reader
  /// that is behind slows its venues instead of filling memory.
  func wait(atMost time: Duration, into batch: inout InputBatch, _ outcomes: inout [NetworkOutcome])

  /// When the socket was found readable that waited longest, of those whose messages the last `wait` brought; nil when it
  /// brought none.
  var readableSince: Timestamp? { get }

  /// Changes with everything that arrives over the connection: messages, pings, pongs.
  func received(_ connection: ConnectionID) -> UInt64

  /// Makes `wait` return, now or when it is called next. From any thread.
  var wake: @Sendable () -> Void { get }
}

/// What became of a socket or a request.
package enum NetworkOutcome: Sendable, Equatable {
  case opened(ConnectionID)
  /// It was never open.
  case failed(ConnectionID, NetworkFailure)
  /// It was open; `code` is the peer's, nil where none came.
  case closed(ConnectionID, code: UInt16?, reason: String)
  case unanswered(ConnectionID, request: Int, NetworkFailure)
  /// A request was answered, in a batch, with a status that asks for fewer of them: 429, 418 (Binance's word for an address
  /// that it shuts out) or 503 with a time. `retryAfter`: how long the server asks to be left alone.
  case throttled(ConnectionID, status: Int, retryAfter: Duration?)
}

/// Why a connection was not made or a request not answered.
package struct NetworkFailure: Error, Sendable, Equatable, CustomStringConvertible {
  package enum Stage: String, Sendable {
    case resolve, connect, tls, handshake, response, cancelled
  }

  package let stage: Stage
  /// A sentence without secrets: the host, and what was wrong.
  package let reason: String
  /// The answer's HTTP status, where there was one.
  package let status: Int?
  /// How long the server asks to be left alone.
  package let retryAfter: Duration?

  package init(_ stage: Stage, _ reason: String, status: Int? = nil, retryAfter: Duration? = nil) {
    self.stage = stage
    self.reason = reason
    self.status = status
    self.retryAfter = retryAfter
  }

  package var description: String { reason }
}

/// A socket to open.
package struct WebSocketRequest: Sendable, Equatable {
  /// `ws://` or `wss://`.
  package var url: String
  package var headers: [HTTPHeader] = []
  package var connectTimeout = Duration.seconds(10)
  package var maximumMessageBytes = 16 << 20
  /// Offers permessage-deflate.
  package var compresses = false
  /// Certificates to trust instead of the system's.
  package var certificateFile: String?

  package init(url: String) { self.url = url }
}

/// A request to make.
package struct HTTPRequest: Sendable, Equatable {
  package enum Method: String, Sendable {
    case get = "GET"
    case head = "HEAD"
    case post = "POST"
  }

  package var method = Method.get
  package var url: String
  package var headers: [HTTPHeader] = []
  package var body: [UInt8] = []
  /// From looking up the name to the last byte of the answer.
  package var timeout = Duration.seconds(10)
  package var maximumResponseBytes = 16 << 20
  /// Certificates to trust instead of the system's.
  package var certificateFile: String?

  package init(url: String) { self.url = url }
}

package struct HTTPHeader: Sendable, Equatable {
  package let name: String
  package let value: String

  package init(_ name: String, _ value: String) {
    self.name = name
    self.value = value
  }
}
