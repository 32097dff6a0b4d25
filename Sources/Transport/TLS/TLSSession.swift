internal import ArbdFramework
internal import COpenSSL
internal import Glibc

/// One connection's TLS, from the client's end: the owner of an `SSL` over a socket that does not block.
///
/// OpenSSL tells what it failed for by a queue of errors, which belongs to the thread and must be empty before a call. It
/// is emptied once for a run of reads, not before each: that would cost as much as a tenth of a small record.
final class TLSSession {
  enum Agreement {
    case reached
    case blocked(until: SocketReadiness)
    /// Why there is none: a certificate that does not hold, as a sentence.
    case refused(String)
    /// In OpenSSL's or the system's words.
    case broken(String)
  }

  private let session: OpaquePointer
  private let context: TLSContext
  private let host: String
  private let place: String
  private var isAgreed = false
  /// OpenSSL must not be called again after a fatal error.
  private var isOver = false

  /// `host`: whom the certificate must be for; an IPv6 address in brackets. `descriptor`: a connected socket, which stays
  /// the caller's.
  init(_ context: TLSContext, host: String, port: Int, _ descriptor: Int32) throws(NetworkFailure) {
    ERR_clear_error()
    defer { ERR_clear_error() }
    guard let session = SSL_new(context.pointer) else { throw .outOfMemory }
    self.session = session
    self.context = context
    self.host = host
    place = "\(host):\(port)"
    guard let bio = SocketBIO.make(descriptor) else { throw .outOfMemory }
    SSL_set_bio(session, bio, bio)
    SSL_set_connect_state(session)
    guard TLSSession.expect(host, session) else {
      throw NetworkFailure(.tls, "no TLS with \(place): not a host's name")
    }
    if let earlier = context.take(of: place) {
      SSL_set_session(session, earlier)
      SSL_SESSION_free(earlier)
    }
  }

  deinit { SSL_free(session) }

  /// Names the server and what it is asked for, and has its certificate checked for the name. An address is not a name: it
  /// is checked and not sent.
  private static func expect(_ host: String, _ session: OpaquePointer) -> Bool {
    // A server that is offered HTTP/2 may choose it, where there is no upgrade.
    let protocols: [UInt8] = [8] + "http/1.1".utf8
    guard SSL_set_alpn_protos(session, protocols, UInt32(protocols.count)) == 0 else { return false }
    let parameters = SSL_get0_param(session)
    X509_VERIFY_PARAM_set_hostflags(parameters, UInt32(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS))
    let address = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
    if X509_VERIFY_PARAM_set1_ip_asc(parameters, address) == 1 { return true }
    ERR_clear_error()
    // The root's dot is no part of the name in a certificate.
    let name = host.hasSuffix(".") ? String(host.dropLast()) : host
    let isNamed = name.withCString { text in
      let copy = UnsafeMutableRawPointer(mutating: text)
      return SSL_ctrl(session, SSL_CTRL_SET_TLSEXT_HOSTNAME, Int(TLSEXT_NAMETYPE_host_name), copy) == 1
    }
    return isNamed && X509_VERIFY_PARAM_set1_host(parameters, name, 0) == 1
  }

  /// The next step of the handshake.
  func agree() -> Agreement {
    ERR_clear_error()
    let result = SSL_connect(session)
    if result == 1 {
      isAgreed = true
      return .reached
    }
    let isRefused = ERR_GET_REASON(ERR_peek_error()) == SSL_R_CERTIFICATE_VERIFY_FAILED
    switch outcome(result) {
    case .blocked(let readiness): return .blocked(until: readiness)
    case .broken where isRefused:
      return .refused(TLSFailure.certificate(SSL_get_verify_result(session), host: host))
    case .broken(let reason): return .broken(reason)
    case .end, .bytes: return .broken("the peer closed the connection")
    }
  }

  /// Before a run of reads.
  func beginReading() { ERR_clear_error() }

  func read(_ room: UnsafeMutableRawBufferPointer) -> SocketTransfer {
    let result = SSL_read(session, room.baseAddress, Int32(clamping: room.count))
    return result > 0 ? .bytes(Int(result)) : outcome(result)
  }

  func write(_ bytes: UnsafeRawBufferPointer) -> SocketTransfer {
    ERR_clear_error()
    let result = SSL_write(session, bytes.baseAddress, Int32(clamping: bytes.count))
    return result > 0 ? .bytes(Int(result)) : outcome(result)
  }

  /// Whether something lies in OpenSSL's buffers, where no `poll` sees it.
  var holdsBytes: Bool { SSL_has_pending(session) == 1 }

  /// Keeps what was agreed on for the next connection to the same place.
  func keep() {
    guard isAgreed, let agreed = SSL_get_session(session), SSL_SESSION_is_resumable(agreed) == 1 else { return }
    // A copy: OpenSSL spoils the session itself when the socket ends without a farewell, as many do.
    if let copy = SSL_SESSION_dup(agreed) { context.keep(copy, of: place) }
  }

  /// Tells the peer that nothing more comes.
  func finish() {
    guard isAgreed, !isOver else { return }
    isOver = true
    ERR_clear_error()
    SSL_shutdown(session)
    ERR_clear_error()
  }

  /// The server's certificate; the caller frees it.
  func certificate() -> OpaquePointer? { SSL_get1_peer_certificate(session) }

  private func outcome(_ result: Int32) -> SocketTransfer {
    let error = errno
    defer { ERR_clear_error() }
    switch SSL_get_error(session, result) {
    case SSL_ERROR_WANT_READ: return .blocked(until: .reading)
    case SSL_ERROR_WANT_WRITE: return .blocked(until: .writing)
    case SSL_ERROR_ZERO_RETURN: return .end
    case SSL_ERROR_SYSCALL:
      isOver = true
      return .broken(String(cString: strerror(error)))
    default:
      isOver = true
      let code = ERR_peek_error()
      // It left without saying so. A WebSocket has its own end, so nothing is cut off unnoticed.
      if ERR_GET_REASON(code) == SSL_R_UNEXPECTED_EOF_WHILE_READING { return .end }
      return .broken(ERR_reason_error_string(code).map { String(cString: $0) } ?? "TLS failed")
    }
  }
}
