package import ArbdFramework
internal import CCurl
internal import COpenSSL

extension NetworkLoop: ProbedNetwork {
  package func particulars(of connection: ConnectionID) -> SocketParticulars? { current[connection]?.particulars }
}

extension WebSocketConnection {
  fileprivate var particulars: SocketParticulars {
    var known = SocketParticulars()
    known.pongs = pongs
    guard let address = handle.text(CURLINFO_PRIMARY_IP), !address.isEmpty else { return known }
    let port = handle.number(CURLINFO_PRIMARY_PORT)
    known.address = address.contains(":") ? "[\(address)]:\(port)" : "\(address):\(port)"
    // Each counts from the beginning.
    let (lookup, connect) = (handle.offset(CURLINFO_NAMELOOKUP_TIME_T), handle.offset(CURLINFO_CONNECT_TIME_T))
    known.lookup = .microseconds(lookup)
    if connect > 0 { known.connect = .microseconds(max(0, connect - lookup)) }
    if let connectedAt, let securedAt { known.tls = securedAt - connectedAt }
    known.certificateEnd = channel?.tls?.certificateEnd
    return known
  }
}

extension TLSSession {
  /// Nil before TLS is agreed on.
  fileprivate var certificateEnd: Timestamp? {
    guard let certificate = certificate() else { return nil }
    defer { X509_free(certificate) }
    var time = tm()
    guard let end = X509_get0_notAfter(certificate), ASN1_TIME_to_tm(end, &time) == 1 else { return nil }
    let day = CivilDate(year: Int64(time.tm_year) + 1_900, month: Int64(time.tm_mon) + 1, day: Int64(time.tm_mday))
    let seconds = day.daysSinceEpoch * 86_400 + Int64(time.tm_hour) * 3_600 + Int64(time.tm_min) * 60
    return Timestamp(microseconds: (seconds + Int64(time.tm_sec)) * 1_000_000)
  }
}
