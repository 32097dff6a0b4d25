/// The proxies that the environment names, by curl's rules.
struct Proxies: Sendable {
  private let plain: String?
  private let encrypted: String?
  /// Hosts that are reached without, separated by commas.
  let exceptions: String?

  /// `variable`: a variable of the environment; one that is empty counts as none.
  init(_ variable: (String) -> String?) {
    func first(_ names: String...) -> String? {
      names.lazy.compactMap(variable).first { !$0.isEmpty }
    }
    // HTTP_PROXY is none of them: a web server sets it from a header of whoever asks.
    plain = first("http_proxy", "all_proxy", "ALL_PROXY")
    encrypted = first("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")
    exceptions = first("no_proxy", "NO_PROXY")
  }

  /// For a server that speaks TLS, or one that does not.
  func proxy(isEncrypted: Bool) -> String? { isEncrypted ? encrypted : plain }
}
