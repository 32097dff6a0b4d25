internal import ArbdFramework
internal import CCurl

/// The contexts of a loop, one for each set of trusted certificates: reading the system's takes tens of milliseconds.
struct TLSContexts {
  private var known: [String?: (context: TLSContext, made: ContinuousClock.Instant)] = [:]

  /// Certificates that were added or withdrawn meanwhile are heeded after this.
  private static let lifetime = Duration.seconds(86_400)

  /// `file`: certificates to trust, PEM; nil for the system's, which are those that libcurl's requests trust.
  mutating func context(file: String?, now: ContinuousClock.Instant) throws(NetworkFailure) -> TLSContext {
    if let found = known[file], now - found.made < TLSContexts.lifetime { return found.context }
    let context =
      if let file {
        try TLSContext(file: file, folder: nil)
      } else {
        try TLSContext(file: CurlLibrary.certificates.file, folder: CurlLibrary.certificates.folder)
      }
    known[file] = (context, now)
    return context
  }

  /// A server was refused: the next attempt reads the certificates anew, which may have been put right.
  mutating func forget(file: String?) { known[file] = nil }
}

extension CurlLibrary {
  /// Where the system has its trusted certificates, as libcurl was built to know.
  static let certificates: (file: String?, folder: String?) = {
    guard let handle = CurlHandle() else { return (nil, nil) }
    return (handle.text(CURLINFO_CAINFO), handle.text(CURLINFO_CAPATH))
  }()
}
