internal import ArbdFramework
internal import CCurl
internal import Glibc

extension NetworkFailure {
  /// What libcurl's result means.
  static func transfer(_ result: CURLcode, of handle: CurlHandle, to endpoint: Endpoint) -> NetworkFailure {
    let place = "\(endpoint.host):\(endpoint.port)"
    if let reason = TLSFailure.reason(result, of: handle, host: endpoint.host) { return NetworkFailure(.tls, reason) }
    switch result {
    case CURLE_COULDNT_RESOLVE_HOST: return NetworkFailure(.resolve, "cannot resolve the host name \(endpoint.host)")
    case CURLE_COULDNT_RESOLVE_PROXY: return NetworkFailure(.resolve, "cannot resolve the proxy's host name")
    case CURLE_COULDNT_CONNECT:
      let error = handle.number(CURLINFO_OS_ERRNO)
      let cause = error == 0 ? handle.errorMessage : String(cString: strerror(Int32(clamping: error)))
      return NetworkFailure(.connect, "cannot connect to \(place): \(cause)")
    case CURLE_PROXY:
      return NetworkFailure(.connect, "the proxy did not connect to \(place): \(handle.errorMessage)")
    case CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER, CURLE_SSL_ENGINE_INITFAILED:
      return NetworkFailure(.tls, "no TLS with \(place): \(detail(result, handle))")
    case CURLE_OPERATION_TIMEDOUT:
      let stage = Stage(reachedBy: handle, isEncrypted: endpoint.isEncrypted)
      return .timeout(stage, endpoint)
    case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL:
      return NetworkFailure(.resolve, "cannot use the address \(endpoint)")
    default:
      let stage = Stage(reachedBy: handle, isEncrypted: endpoint.isEncrypted)
      return NetworkFailure(stage, "\(endpoint): \(detail(result, handle))")
    }
  }

  /// What libcurl's result means of a connection that it made for us, to a server or a proxy.
  static func connecting(_ result: CURLcode, of handle: CurlHandle, to endpoint: Endpoint) -> NetworkFailure {
    let status = handle.number(CURLINFO_HTTP_CONNECTCODE)
    guard status == 0 || 200..<300 ~= status else {
      let place = "\(endpoint.host):\(endpoint.port)"
      let cause = status == 407 ? "it asks for a user name and a password (407)" : "it answers \(status)"
      return NetworkFailure(.connect, "the proxy did not connect to \(place): \(cause)")
    }
    if result == CURLE_OPERATION_TIMEDOUT { return .timeout(Stage(connecting: handle), endpoint) }
    let failure = transfer(result, of: handle, to: endpoint)
    // Nobody else is asked for TLS by libcurl.
    if failure.stage == .tls { return .encryptedProxy }
    let stage = failure.stage == .resolve ? Stage.resolve : .connect
    return NetworkFailure(stage, failure.reason)
  }

  static var encryptedProxy: NetworkFailure {
    NetworkFailure(.connect, "cannot use a proxy that is itself reached over TLS (https://) for WebSockets")
  }

  static func timeout(_ stage: Stage, _ endpoint: Endpoint) -> NetworkFailure {
    let place = "\(endpoint.host):\(endpoint.port)"
    return switch stage {
    case .resolve: NetworkFailure(stage, "looking up the host name \(endpoint.host) took too long")
    case .connect: NetworkFailure(stage, "connecting to \(place) took too long")
    case .tls: NetworkFailure(stage, "agreeing on TLS with \(place) took too long")
    case .handshake, .response, .cancelled: NetworkFailure(stage, "\(endpoint) did not answer in time")
    }
  }

  private static func detail(_ result: CURLcode, _ handle: CurlHandle) -> String {
    let message = handle.errorMessage
    return message.isEmpty ? String(cString: curl_easy_strerror(result)) : message
  }
}

extension NetworkFailure.Stage {
  /// How far libcurl came with a connection that it only makes.
  init(connecting handle: CurlHandle) { self = handle.offset(CURLINFO_NAMELOOKUP_TIME_T) == 0 ? .resolve : .connect }

  /// How far a transfer came, by what libcurl noted: the time of connecting only after TLS, a port before.
  init(reachedBy handle: CurlHandle, isEncrypted: Bool) {
    self =
      if handle.offset(CURLINFO_NAMELOOKUP_TIME_T) == 0 {
        .resolve
      } else if handle.number(CURLINFO_LOCAL_PORT) == 0 {
        .connect
      } else if isEncrypted, handle.offset(CURLINFO_APPCONNECT_TIME_T) == 0 {
        .tls
      } else {
        .response
      }
  }
}
