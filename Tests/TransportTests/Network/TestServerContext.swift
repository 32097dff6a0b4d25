import COpenSSL

/// What the TLS connections of a test's server have in common.
final class TestServerContext: @unchecked Sendable {
  let pointer: OpaquePointer?
  /// What a client is to choose from, as OpenSSL wants it; first the one that is liked best.
  private let protocols: [UInt8]

  init(_ files: TestCertificates.Files, _ protocols: [String]) {
    self.protocols = protocols.flatMap { [UInt8($0.utf8.count)] + $0.utf8 }
    pointer = SSL_CTX_new(TLS_server_method())
    SSL_CTX_use_certificate_chain_file(pointer, files.certificate)
    SSL_CTX_use_PrivateKey_file(pointer, files.key, SSL_FILETYPE_PEM)
    if !protocols.isEmpty { chooseProtocol() }
  }

  deinit { SSL_CTX_free(pointer) }

  private func chooseProtocol() {
    SSL_CTX_set_alpn_select_cb(
      pointer,
      { _, chosen, length, offered, count, context in
        guard let offered, let context else { return SSL_TLSEXT_ERR_NOACK }
        let own = Unmanaged<TestServerContext>.fromOpaque(context).takeUnretainedValue().protocols
        let list = Array(UnsafeBufferPointer(start: offered, count: Int(count)))
        var place = 0
        while place < own.count {
          let name = own[place...place + Int(own[place])]
          // Of the client's list, which stays where it is.
          if let found = list.firstRange(of: name) {
            chosen?.pointee = offered + found.lowerBound + 1
            length?.pointee = own[place]
            return SSL_TLSEXT_ERR_OK
          }
          place += name.count
        }
        return SSL_TLSEXT_ERR_NOACK
      }, Unmanaged.passUnretained(self).toOpaque())
  }
}
