import ArbdFramework
import ArbdTransport
import Synchronization

/// Posts to one address, or asks it, and says what an answer means. The address is a secret and in no message; the host is none.
final class HTTPPoster: Sendable {
  /// An answer that no verdict was given for yet.
  struct Answer: Sendable {
    let status: Int
    let body: String
    /// The beginning of the body as it may be shown.
    let words: String
    let retryAfter: Duration?
    private let response: HTTPResponse

    init(_ response: HTTPResponse, words: String) {
      self.words = words
      self.response = response
      status = response.status
      body = String(decoding: response.body, as: UTF8.self)
      retryAfter = response.retryAfter(now: .systemClock)
    }

    func header(_ name: String) -> String? { response.header(name) }
  }

  private struct Client: @unchecked Sendable {
    // A sink's calls do not overlap, and the mutex holds them apart besides.
    let client: HTTPClient
  }

  private let url: Secret
  private let certificateFile: String?
  /// What a server may send back and nobody may see.
  private let secrets: [String]
  private let client = Mutex<Client?>(nil)

  init(url: Secret, certificateFile: String? = nil, secrets: [Secret] = []) {
    self.url = url
    let parts = url.revealed.split { "/?&=#".contains($0) }.dropFirst(2).filter { $0.utf8.count >= 6 }
    self.secrets = (secrets.map(\.revealed) + parts.map(String.init)).filter { !$0.isEmpty }
      .sorted { $0.utf8.count > $1.utf8.count }
    self.certificateFile = certificateFile
  }

  /// Opens nothing at the other end.
  func open() throws(DeliveryError) {
    do throws(NetworkFailure) {
      let made = Client(client: try HTTPClient())
      client.withLock { $0 = made }
    } catch {
      throw DeliveryError(error.reason, verdict: .retry())
    }
  }

  func close() { client.withLock { $0 = nil } }

  /// Posts and waits for the answer. No answer is a reason to try again.
  func post(_ body: String, headers: [HTTPHeader], query: String = "") throws(DeliveryError) -> Answer {
    var request = HTTPRequest(url: url.revealed + query)
    request.method = .post
    request.headers = [HTTPHeader("Content-Type", "application/json")] + headers
    request.body = Array(body.utf8)
    return try answer(to: request)
  }

  /// Asks in a way that changes nothing at the other end.
  func ask(_ method: HTTPRequest.Method, headers: [HTTPHeader] = []) throws(DeliveryError) -> Answer {
    var request = HTTPRequest(url: url.revealed)
    request.method = method
    request.headers = headers
    return try answer(to: request)
  }

  private func answer(to request: HTTPRequest) throws(DeliveryError) -> Answer {
    var request = request
    request.maximumResponseBytes = 1 << 20
    request.certificateFile = certificateFile
    let result: Result<HTTPResponse, DeliveryError> = client.withLock { client in
      guard let client else { return .failure(DeliveryError("not connected", verdict: .reconnect)) }
      do throws(NetworkFailure) {
        return .success(try client.client.send(request))
      } catch {
        return .failure(DeliveryError(hidingSecrets(in: hidingPath(in: error.reason)), verdict: .retry()))
      }
    }
    let response = try result.get()
    let text = hidingSecrets(in: String(decoding: response.body.prefix(4_096), as: UTF8.self))
    let words = text.unicodeScalars.prefix(200).map { $0.value < 0x20 || $0.value == 0x7F ? " " : Character($0) }
    return Answer(response, words: String(words).trimmed)
  }

  /// The network's messages name what could not be reached by its whole path, which here may hold a token.
  private func hidingPath(in reason: String) -> String {
    let parts = url.revealed.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
    guard parts.count == 4, let path = parts[3].split(separator: "?").first else { return reason }
    return reason.replacing("/\(path)", with: "/***")
  }

  private func hidingSecrets(in text: String) -> String {
    secrets.reduce(text) { $0.replacing($1, with: "***") }
  }

  /// What is wrong with an address that a config gives; nil when nothing is.
  static func problem(with url: Secret) -> String? {
    let text = url.revealed
    guard text.hasPrefix("https://") || text.hasPrefix("http://") else { return "must begin with https:// or http://" }
    let isClean = text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    guard isClean else { return "must hold no blank and no control character" }
    return HTTPClient.canReach(text) ? nil : "is not an address that can be posted to"
  }
}

extension HTTPPoster.Answer {
  var isSuccess: Bool { (200..<300).contains(status) }

  /// What to do about an answer that is no success, by its status alone; `places` are those of the records that were
  /// posted.
  func verdict(rejecting places: Set<Int>) -> DeliveryError.Verdict {
    switch status {
    case 408, 425, 429, 500...: .retry(after: retryAfter)
    default: .reject(places)
    }
  }

  /// For people: the status, and the beginning of what the server says.
  var reason: String {
    words.isEmpty ? "answer \(status)" : "answer \(status): \(words)"
  }
}

extension String {
  /// Without blanks at both ends.
  var trimmed: String {
    let start = drop { $0.isWhitespace }
    return String(start.reversed().drop { $0.isWhitespace }.reversed())
  }
}
