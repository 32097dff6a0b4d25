internal import ArbdFramework
internal import CCurl
internal import COpenSSL

extension SocketParticulars {
  /// What libcurl knows so far.
  init(connecting handle: CurlHandle) {
    self.init()
    guard let address = handle.text(CURLINFO_PRIMARY_IP), !address.isEmpty else { return }
    let port = handle.number(CURLINFO_PRIMARY_PORT)
    self.address = address.contains(":") ? "[\(address)]:\(port)" : "\(address):\(port)"
    // Each counts from the beginning.
    let (lookup, connect) = (handle.offset(CURLINFO_NAMELOOKUP_TIME_T), handle.offset(CURLINFO_CONNECT_TIME_T))
    self.lookup = .microseconds(lookup)
    if connect > 0 { self.connect = .microseconds(max(0, connect - lookup)) }
  }
}

extension TLSSession {
  /// When the server's certificate ends; nil before TLS is agreed on.
  var certificateEnd: Timestamp? {
    guard let certificate = certificate() else { return nil }
    defer { X509_free(certificate) }
    var time = tm()
    guard let end = X509_get0_notAfter(certificate), ASN1_TIME_to_tm(end, &time) == 1 else { return nil }
    let day = CivilDate(year: Int64(time.tm_year) + 1_900, month: Int64(time.tm_mon) + 1, day: Int64(time.tm_mday))
    let seconds = day.daysSinceEpoch * 86_400 + Int64(time.tm_hour) * 3_600 + Int64(time.tm_min) * 60
    return Timestamp(microseconds: (seconds + Int64(time.tm_sec)) * 1_000_000)
  }
}
