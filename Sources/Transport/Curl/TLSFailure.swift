internal import CCurl
internal import COpenSSL

/// Why a server's certificate was refused, as a sentence.
enum TLSFailure {
  /// Nil when it was not for the certificate that the transfer failed.
  static func reason(_ result: CURLcode, of handle: CurlHandle, host: String) -> String? {
    switch result {
    case CURLE_PEER_FAILED_VERIFICATION:
      switch handle.number(CURLINFO_SSL_VERIFYRESULT) {
      // OpenSSL had nothing against the chain, so it is the name that libcurl refused; some versions note no verdict then.
      case Int(X509_V_OK), Int(X509_V_ERR_UNSPECIFIED): certificate(Int(X509_V_ERR_HOSTNAME_MISMATCH), host: host)
      case let verdict: certificate(verdict, host: host)
      }
    case CURLE_SSL_CACERT_BADFILE: "cannot read the certificates to trust"
    default: nil
    }
  }

  /// What OpenSSL's verdict on a certificate means.
  static func certificate(_ verdict: Int, host: String) -> String {
    switch Int32(clamping: verdict) {
    case X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH:
      "the certificate of \(host) is for another host"
    case X509_V_ERR_CERT_HAS_EXPIRED: "the certificate of \(host) has expired"
    case X509_V_ERR_CERT_NOT_YET_VALID: "the certificate of \(host) is not valid yet"
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT: "the certificate of \(host) is self-signed and not a trusted one"
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT,
      X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      "the certificate of \(host) comes from an unknown issuer"
    default:
      "the certificate of \(host) is refused: "
        + (X509_verify_cert_error_string(verdict).map { String(cString: $0) } ?? "error \(verdict)")
    }
  }
}
