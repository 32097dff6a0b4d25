internal import CCurl
internal import COpenSSL

extension CurlHandle {
  /// What requests and WebSockets have in common. Verifying chain and host name is libcurl's default, and stays.
  func configure(connectTimeout: Duration, certificateFile: String?) {
    set(CURLOPT_PROTOCOLS_STR, "http,https")
    set(CURLOPT_CONNECTTIMEOUT_MS, connectTimeout)
    set(CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2)
    if let certificateFile {
      set(CURLOPT_CAINFO, certificateFile)
      // Else the system's folder of certificates would be trusted beside the file.
      set(CURLOPT_CAPATH, nil as String?)
    }
    set(CURLOPT_TCP_NODELAY, 1)
    set(CURLOPT_TCP_KEEPALIVE, 1)
    set(CURLOPT_TCP_KEEPIDLE, 30)
    set(CURLOPT_TCP_KEEPINTVL, 10)
  }

  /// Has OpenSSL read as much as the socket has instead of a record's header, then a record: two calls of the system for
  /// each message otherwise. And a write that the socket did not take may be repeated from another place in memory.
  func readAhead() {
    setTLSContextFunction { _, context, _ in
      let context = OpaquePointer(context)
      SSL_CTX_ctrl(context, SSL_CTRL_SET_READ_AHEAD, 1, nil)
      SSL_CTX_ctrl(
        context, SSL_CTRL_MODE, Int(SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER), nil)
      return CURLE_OK
    }
  }
}
