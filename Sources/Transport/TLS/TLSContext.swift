internal import ArbdFramework
internal import COpenSSL

/// What sessions with servers have in common, above all the certificates that are trusted: the owner of an `SSL_CTX`.
final class TLSContext {
  let pointer: OpaquePointer
  /// By host and port: the last session of a connection that is over, which the next one may take up again. OpenSSL checks
  /// no certificate then, so a session goes to no other place than the one that it was agreed on with.
  private var sessions: [String: OpaquePointer] = [:]

  /// `file`: certificates to trust, PEM. `folder`: certificates to trust too, looked up by the hash of their subject.
  init(file: String?, folder: String?) throws(NetworkFailure) {
    ERR_clear_error()
    guard let pointer = SSL_CTX_new(TLS_client_method()) else { throw .outOfMemory }
    self.pointer = pointer
    SSL_CTX_ctrl(pointer, SSL_CTRL_SET_MIN_PROTO_VERSION, Int(TLS1_2_VERSION), nil)
    // What may be read and written depends on the socket's own direction alone.
    SSL_CTX_set_options(pointer, arbd_SSL_OP_NO_RENEGOTIATION)
    SSL_CTX_set_verify(pointer, SSL_VERIFY_PEER, nil)
    // A file that names a server's own certificate, or one in between, is trusted as it stands: so does libcurl.
    X509_VERIFY_PARAM_set_flags(
      SSL_CTX_get0_param(pointer), UInt(X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_TRUSTED_FIRST))
    // Sessions are kept here, by their place.
    SSL_CTX_ctrl(pointer, SSL_CTRL_SET_SESS_CACHE_MODE, Int(SSL_SESS_CACHE_OFF), nil)
    // As much as the socket has instead of a record's header, then a record: else two calls of the system a message.
    SSL_CTX_ctrl(pointer, SSL_CTRL_SET_READ_AHEAD, 1, nil)
    // A write that the socket did not take may be repeated from another place in memory.
    let mode = SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER
    SSL_CTX_ctrl(pointer, SSL_CTRL_MODE, Int(mode), nil)
    let isTrusted =
      file == nil && folder == nil
      ? SSL_CTX_set_default_verify_paths(pointer) == 1 : SSL_CTX_load_verify_locations(pointer, file, folder) == 1
    guard isTrusted else {
      ERR_clear_error()
      throw NetworkFailure(.tls, "cannot read the certificates to trust")
    }
  }

  deinit {
    for session in sessions.values { SSL_SESSION_free(session) }
    SSL_CTX_free(pointer)
  }

  /// Keeps what a connection agreed on. The context owns it from now on.
  func keep(_ session: OpaquePointer, of place: String) {
    if let older = sessions.updateValue(session, forKey: place) { SSL_SESSION_free(older) }
  }

  /// What to take up again, once: it is the caller's then. A server that refuses it will not be asked again.
  func take(of place: String) -> OpaquePointer? { sessions.removeValue(forKey: place) }
}
