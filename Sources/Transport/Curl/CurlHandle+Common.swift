internal import CCurl

extension CurlHandle {
  /// What requests and WebSockets have in common.
  func configure(connectTimeout: Duration, proxies: Proxies, isEncrypted: Bool) {
    set(CURLOPT_PROTOCOLS_STR, "http,https")
    set(CURLOPT_CONNECTTIMEOUT_MS, connectTimeout)
    // An empty text is none; without, libcurl would look into the environment by itself.
    set(CURLOPT_PROXY, proxies.proxy(isEncrypted: isEncrypted) ?? "")
    set(CURLOPT_NOPROXY, proxies.exceptions ?? "")
    set(CURLOPT_TCP_NODELAY, 1)
    set(CURLOPT_TCP_KEEPALIVE, 1)
    set(CURLOPT_TCP_KEEPIDLE, 30)
    set(CURLOPT_TCP_KEEPINTVL, 10)
  }
  /// Verifying chain and host name is libcurl's default, and stays.
  func configureTLS(certificateFile: String?) {
    set(CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2)
    guard let certificateFile else { return }
    set(CURLOPT_CAINFO, certificateFile)
    // Else the system's folder of certificates would be trusted beside the file.
    set(CURLOPT_CAPATH, nil as String?)
  }
}
