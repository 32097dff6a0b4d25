internal import ArbdFramework
internal import CCurl

/// One WebSocket from its opening to its end.
///
/// `connecting → handshaking → open → closing → draining → gone`. Once it drains or is gone its end has been told, or is
/// about to be by `takeEnd`; to drain is to let the peer read our close frame, which a socket that is closed with bytes
/// unread would take away from it.
final class WebSocketConnection {
  enum State {
    /// libcurl is at work.
    case connecting
    case handshaking
    case open
    /// We sent a close frame, for this reason.
    case closing(reason: String)
    case draining
    case gone
  }

  let id: ConnectionID
  let handle: CurlHandle
  let endpoint: Endpoint
  let request: WebSocketRequest
  var handshake: ClientHandshake
  var state = State.connecting
  /// When to give up what it is at.
  var deadline: ContinuousClock.Instant?
  /// Bytes may wait in the socket, or in the TLS layer where no `poll` sees them.
  var isReadable = false
  /// The socket has not refused to take more.
  var isWritable = true
  var outgoing = OutgoingQueue()
  /// In bytes, of all layers above TLS.
  var received: UInt64 = 0
  /// Pongs that have arrived.
  var pongs: UInt64 = 0
  /// The beginning of an answer, or of a frame, that lacks its end.
  var kept: [UInt8] = []
  var reader: FrameReader
  var writer: FrameWriter
  /// What the peer did, after messages that have not been answered yet.
  var violation: ProtocolViolation?
  /// What went wrong with sending. What the peer said before is still read.
  var sendFault: String?
  private var socket: curl_socket_t = -1
  private var end: NetworkOutcome?

  /// What one recv asks for, and a turn takes at least.
  static let chunk = 64 << 10
  /// What OpenSSL reads ahead, so that records of one stamp left the socket at about one time.
  static let gulp = 16 << 10
  /// How long a peer may take to answer a close frame, and to close the socket.
  static let closeTimeout = Duration.seconds(2)
  /// Of messages that the peer does not read.
  static let mostUnsentBytes = 1 << 20

  init(_ id: ConnectionID, _ request: WebSocketRequest) throws(NetworkFailure) {
    handshake = try ClientHandshake(request)
    guard let handle = CurlHandle() else { throw .outOfMemory }
    self.id = id
    self.handle = handle
    self.request = request
    endpoint = Endpoint(handshake.url)
    reader = FrameReader(role: .client, maximumMessageBytes: request.maximumMessageBytes)
    writer = FrameWriter(role: .client)
    deadline = ContinuousClock.now + request.connectTimeout
    handle.configure(connectTimeout: request.connectTimeout, certificateFile: request.certificateFile)
    handle.readAhead()
    handle.set(CURLOPT_URL, handshake.url.serverURL)
    handle.set(CURLOPT_CONNECT_ONLY, 1)
    // Not one that a request has left open.
    handle.set(CURLOPT_FRESH_CONNECT, 1)
    // A server that is offered HTTP/2 may choose it, where there is no upgrade.
    handle.set(CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1)
    handle.set(CURLOPT_HTTPPROXYTUNNEL, 1)
    // A recv takes no more than this at once.
    handle.set(CURLOPT_BUFFERSIZE, Self.chunk)
    guard handle.fault == nil else { throw .outOfMemory }
  }

  var isConnecting: Bool {
    if case .connecting = state { true } else { false }
  }

  var isGone: Bool {
    if case .gone = state { true } else { false }
  }

  /// libcurl is done connecting.
  func connected(_ result: CURLcode) {
    guard isConnecting else { return }
    guard result == CURLE_OK, let socket = handle.socket else {
      return fail(.transfer(result == CURLE_OK ? CURLE_COULDNT_CONNECT : result, of: handle, to: endpoint))
    }
    self.socket = socket
    state = .handshaking
    outgoing.append { $0 += handshake.request }
    flush()
  }

  // MARK: Ending

  /// It will not open.
  func fail(_ failure: NetworkFailure) {
    end = .failed(id, failure)
    state = .gone
    deadline = nil
    isReadable = false
  }

  /// It was open. The socket stays for as long as the peer may need to read what we sent last.
  func close(code: UInt16?, reason: String, draining: Bool) {
    end = .closed(id, code: code, reason: reason)
    state = draining ? .draining : .gone
    deadline = draining ? ContinuousClock.now + Self.closeTimeout : nil
  }

  /// The end, once.
  func takeEnd() -> NetworkOutcome? {
    defer { end = nil }
    return end
  }

  func expire(at instant: ContinuousClock.Instant) {
    guard let deadline, instant >= deadline else { return }
    switch state {
    case .connecting:
      fail(.timeout(NetworkFailure.Stage(reachedBy: handle, isEncrypted: endpoint.isEncrypted), endpoint))
    case .handshaking: fail(.timeout(.handshake, endpoint))
    case .closing(let reason): close(code: nil, reason: reason, draining: false)
    case .draining: state = .gone
    case .open, .gone: break
    }
  }

  /// Ends it without a word to the peer.
  func drop(reason: String) {
    switch state {
    case .connecting, .handshaking: fail(NetworkFailure(.cancelled, reason))
    case .open, .closing: close(code: nil, reason: reason, draining: false)
    case .draining, .gone: break
    }
  }

  // MARK: Waiting

  private var waitsFor: Int16 {
    guard socket >= 0 else { return 0 }
    return Int16(isReadable ? 0 : CURL_WAIT_POLLIN) | Int16(outgoing.count > 0 && !isWritable ? CURL_WAIT_POLLOUT : 0)
  }

  /// Adds what to wait for, if anything.
  func appendWait(to sockets: inout [curl_waitfd]) {
    guard waitsFor != 0 else { return }
    sockets.append(curl_waitfd(fd: socket, events: waitsFor, revents: 0))
  }

  /// Notes what was found of what `appendWait` added at `position`.
  func note(_ sockets: [curl_waitfd], _ position: inout Int) {
    guard waitsFor != 0, position < sockets.count else { return }
    let found = sockets[position].revents
    position += 1
    // Whatever happened: TLS may have to read before it can write.
    guard found != 0 else { return }
    isWritable = true
    if found & Int16(CURL_WAIT_POLLIN) != 0 { isReadable = true }
  }
}
