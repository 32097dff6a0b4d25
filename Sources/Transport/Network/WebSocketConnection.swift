internal import ArbdFramework
internal import CCurl

/// One WebSocket from its opening to its end.
///
/// `connecting → securing → handshaking → open → closing → draining → gone`. Once it drains or is gone its end has been told, or is
/// about to be by `takeEnd`; to drain is to let the peer read our close frame, which a socket that is closed with bytes
/// unread would take away from it.
final class WebSocketConnection {
  enum State {
    /// libcurl is at work, on the name, a proxy and the TCP connection.
    case connecting
    /// Agreeing on TLS, where the URL asks for it; nil when the next step need not wait.
    case securing(blockedUntil: SocketReadiness?)
    case handshaking
    case open
    /// We sent a close frame, for this reason.
    case closing(reason: String)
    case draining
    case gone
  }

  let id: ConnectionID
  /// Until libcurl has connected.
  private(set) var handle: CurlHandle?
  let endpoint: Endpoint
  let request: WebSocketRequest
  var handshake: ClientHandshake
  var state = State.connecting
  /// When to give up what it is at.
  var deadline: ContinuousClock.Instant?
  /// Nil until libcurl has connected.
  var channel: SocketChannel?
  /// Bytes may wait in the socket, or in the TLS layer where no `poll` sees them.
  var isReadable = false
  /// When `poll` found it so; nil when it was not by `poll`.
  var readableSince: Timestamp?
  /// The socket has not refused to take more.
  var isWritable = true
  /// What has to happen before it is readable, or writable, again: TLS may have to write before it can read.
  var readsWhen = SocketReadiness.reading
  var writesWhen = SocketReadiness.writing
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
  /// How libcurl connected.
  private var making = SocketParticulars()
  private var connectedAt = ContinuousClock.now
  private let context: TLSContext?
  private let isProxyEncrypted: Bool
  private var end: NetworkOutcome?

  /// What one recv asks for, and a turn takes at least.
  static let chunk = 64 << 10
  /// What OpenSSL reads ahead, so that records of one stamp left the socket at about one time.
  static let gulp = 16 << 10
  /// How long a peer may take to answer a close frame, and to close the socket.
  static let closeTimeout = Duration.seconds(2)
  /// Of messages that the peer does not read.
  static let mostUnsentBytes = 1 << 20

  init(
    _ id: ConnectionID, _ request: WebSocketRequest, proxies: Proxies, contexts: inout TLSContexts
  ) throws(NetworkFailure) {
    handshake = try ClientHandshake(request)
    let isSecure = handshake.url.isSecure
    context = isSecure ? try contexts.context(file: request.certificateFile, now: .now) : nil
    isProxyEncrypted = proxies.proxy(isEncrypted: isSecure)?.lowercased().hasPrefix("https://") ?? false
    guard let handle = CurlHandle() else { throw .outOfMemory }
    self.id = id
    self.handle = handle
    self.request = request
    endpoint = Endpoint(handshake.url)
    reader = FrameReader(role: .client, maximumMessageBytes: request.maximumMessageBytes)
    writer = FrameWriter(role: .client)
    deadline = ContinuousClock.now + request.connectTimeout
    handle.configure(connectTimeout: request.connectTimeout, proxies: proxies, isEncrypted: isSecure)
    handle.set(CURLOPT_URL, handshake.url.serverURL)
    handle.set(CURLOPT_CONNECT_ONLY, 1)
    // Not one that a request has left open.
    handle.set(CURLOPT_FRESH_CONNECT, 1)
    handle.set(CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1)
    handle.set(CURLOPT_HTTPPROXYTUNNEL, 1)
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
    guard isConnecting, let handle else { return }
    guard result == CURLE_OK, let socket = handle.copySocket() else {
      return fail(.connecting(result == CURLE_OK ? CURLE_COULDNT_CONNECT : result, of: handle, to: endpoint))
    }
    let channel = SocketChannel(socket)
    // libcurl would have to decrypt what the proxy sends. Its answer tells that it was not passed by.
    guard !isProxyEncrypted || handle.number(CURLINFO_HTTP_CONNECTCODE) == 0 else { return fail(.encryptedProxy) }
    making = SocketParticulars(connecting: handle)
    connectedAt = .now
    self.channel = channel
    // Before anything is sent: newer versions read from a socket that they close.
    self.handle = nil
    guard let context else { return ask() }
    do throws(NetworkFailure) {
      channel.tls = try TLSSession(context, host: endpoint.host, port: endpoint.port, socket)
      state = .securing(blockedUntil: nil)
      secure()
    } catch {
      fail(error)
    }
  }

  /// Goes on agreeing on TLS, unless it has to wait.
  func secure() {
    guard case .securing(nil) = state, let session = channel?.tls else { return }
    switch session.agree() {
    case .reached:
      making.tls = .now - connectedAt
      making.certificateEnd = session.certificateEnd
      // The server's first words may have been read ahead.
      isReadable = true
      ask()
    case .blocked(let readiness): state = .securing(blockedUntil: readiness)
    case .refused(let reason): fail(NetworkFailure(.tls, reason))
    case .broken(let reason): fail(NetworkFailure(.tls, "no TLS with \(endpoint.host):\(endpoint.port): \(reason)"))
    }
  }

  /// Asks for the upgrade.
  private func ask() {
    state = .handshaking
    outgoing.append { $0 += handshake.request }
    flush()
  }

  var particulars: SocketParticulars {
    var known = handle.map { SocketParticulars(connecting: $0) } ?? making
    known.pongs = pongs
    return known
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
    channel?.tls?.keep()
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
    case .connecting: fail(.timeout(handle.map { NetworkFailure.Stage(connecting: $0) } ?? .connect, endpoint))
    case .securing: fail(.timeout(.tls, endpoint))
    case .handshaking: fail(.timeout(.handshake, endpoint))
    case .closing(let reason): close(code: nil, reason: reason, draining: false)
    case .draining: state = .gone
    case .open, .gone: break
    }
  }

  /// Ends it without a word to the peer.
  func drop(reason: String) {
    switch state {
    case .connecting, .securing, .handshaking: fail(NetworkFailure(.cancelled, reason))
    case .open, .closing: close(code: nil, reason: reason, draining: false)
    case .draining, .gone: break
    }
  }

  // MARK: Waiting

  private var waitsFor: Int16 {
    guard channel != nil else { return 0 }
    if case .securing(let readiness) = state { return readiness.map(\.event) ?? 0 }
    var events: Int16 = 0
    if !isReadable { events |= readsWhen.event }
    if outgoing.count > 0, !isWritable { events |= writesWhen.event }
    return events
  }

  /// Adds what to wait for, if anything.
  func appendWait(to sockets: inout [curl_waitfd]) {
    guard let channel, waitsFor != 0 else { return }
    sockets.append(curl_waitfd(fd: channel.descriptor, events: waitsFor, revents: 0))
  }

  /// Notes what was found of what `appendWait` added at `position`.
  func note(_ sockets: [curl_waitfd], _ position: inout Int, at time: Timestamp) {
    guard waitsFor != 0, position < sockets.count else { return }
    let found = sockets[position].revents
    position += 1
    guard found != 0 else { return }
    if case .securing = state {
      state = .securing(blockedUntil: nil)
      return
    }
    if !isReadable, found & readsWhen.event != 0 {
      isReadable = true
      readableSince = time
    }
    if found & writesWhen.event != 0 { isWritable = true }
  }
}

extension SocketReadiness {
  fileprivate var event: Int16 {
    switch self {
    case .reading: Int16(CURL_WAIT_POLLIN)
    case .writing: Int16(CURL_WAIT_POLLOUT)
    }
  }
}
