internal import COpenSSL
import Glibc

/// A server's certificate and key: the owner of an `SSL_CTX`.
///
/// Sendable: OpenSSL counts its references atomically, and nothing changes it after `init`.
final class TLSContext: @unchecked Sendable {
  private let context: OpaquePointer

  init(_ files: TLSFiles) throws(SimulatorError) {
    guard let context = SSL_CTX_new(TLS_server_method()) else { throw SimulatorError("TLS: \(tlsReason())") }
    self.context = context
    guard SSL_CTX_use_certificate_chain_file(context, files.certificate) == 1 else {
      throw SimulatorError("cannot use the certificate \(files.certificate): \(tlsReason())")
    }
    guard SSL_CTX_use_PrivateKey_file(context, files.key, SSL_FILETYPE_PEM) == 1,
      SSL_CTX_check_private_key(context) == 1
    else { throw SimulatorError("cannot use the key \(files.key): \(tlsReason())") }
    let mode = SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS
    SSL_CTX_ctrl(context, SSL_CTRL_MODE, Int(mode), nil)
  }

  deinit { SSL_CTX_free(context) }

  func accept(_ descriptor: Int32) -> TLSSession? { TLSSession(context, descriptor) }
}

/// One connection's TLS: the owner of an `SSL`.
final class TLSSession {
  private let session: OpaquePointer

  fileprivate init?(_ context: OpaquePointer, _ descriptor: Int32) {
    guard let session = SSL_new(context) else { return nil }
    self.session = session
    SSL_set_fd(session, descriptor)
    SSL_set_accept_state(session)
  }

  deinit { SSL_free(session) }

  func read(into buffer: UnsafeMutableRawBufferPointer) -> ByteStream.Transfer {
    ERR_clear_error()
    return result(SSL_read(session, buffer.baseAddress, Int32(clamping: buffer.count)))
  }

  func write(_ bytes: UnsafeRawBufferPointer) -> ByteStream.Transfer {
    ERR_clear_error()
    return result(SSL_write(session, bytes.baseAddress, Int32(clamping: bytes.count)))
  }

  private func result(_ count: Int32) -> ByteStream.Transfer {
    if count > 0 { return .bytes(Int(count)) }
    let error = SSL_get_error(session, count)
    return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? .wouldBlock : .over
  }

  func finish() {
    ERR_clear_error()
    SSL_shutdown(session)
  }
}

/// Where a server's certificate chain and key are, both PEM.
package struct TLSFiles: Sendable, Equatable {
  package let certificate: String
  package let key: String

  package init(certificate: String, key: String) {
    self.certificate = certificate
    self.key = key
  }
}

/// What OpenSSL last failed for.
private func tlsReason() -> String {
  let code = ERR_get_error()
  ERR_clear_error()
  guard code != 0, let reason = ERR_reason_error_string(code) else { return "unknown reason" }
  return String(cString: reason)
}
