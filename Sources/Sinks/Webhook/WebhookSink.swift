public import ArbdFramework
internal import ArbdTransport

/// Posts each alert as JSON to an address: the alert as it stands in files, or the members of a template.
///
/// An alert counts once the receiver has answered with a status from 200 to 299. A crash before the journal's cursor has
/// moved posts it again, with the same `Idempotency-Key`, which is the alert's id.
public final class WebhookSink: Sink {
  public static let name = "webhook"
  public static let summary = "Posts alerts as JSON to any HTTP address, signed if you like."
  public static let accepts: Set<Record.Kind> = [.alert]
  public static let batchLimit = 20

  private let options: WebhookOptions
  private let template: [(key: String, text: AlertTemplate)]?
  private let headers: [HTTPHeader]
  private let poster: HTTPPoster

  public init(options: WebhookOptions, context: PluginContext) throws {
    if let problem = HTTPPoster.problem(with: options.url) { throw OptionError(key: "url", problem) }
    self.options = options
    template = try options.template.map { try WebhookSink.parsed($0) }
    headers = options.headers.sorted { $0.key < $1.key }.map { HTTPHeader($0.key, $0.value.revealed) }
    for header in headers + [HTTPHeader(options.signatureHeader, "")] where !header.isSendable {
      let key = options.headers[header.name] == nil ? "signature_header" : "headers"
      throw OptionError(key: key, "\"\(header.name.filter(\.isASCII))\" cannot be sent as a header")
    }
    let secrets = options.headers.values + [options.secret].compactMap(\.self)
    poster = HTTPPoster(url: options.url, certificateFile: options.certificateFile, secrets: secrets)
  }

  public func connect() async throws(DeliveryError) { try poster.open() }

  public func deliver(_ batch: [Record]) async throws(DeliveryError) {
    var delivered: Set<Int> = []
    var rejected: Set<Int> = []
    var reason = ""
    for (place, record) in batch.enumerated() {
      guard case .alert(let alert) = record else { continue }
      do throws(DeliveryError) {
        try post(alert, place)
        delivered.insert(place)
      } catch {
        guard case .reject = error.verdict else {
          // What was refused before is sent again with the rest, and refused again.
          throw DeliveryError(error.reason, verdict: error.verdict, delivered: delivered)
        }
        rejected.insert(place)
        reason = error.reason
      }
    }
    if !rejected.isEmpty { throw DeliveryError(reason, verdict: .reject(rejected), delivered: delivered) }
  }

  public func close() async { poster.close() }

  /// Most receivers know POST alone and refuse a HEAD, which still shows that somebody is there.
  public func inspect() async throws(DeliveryError) -> String? {
    let answer = try poster.ask(.head, headers: headers)
    // A gateway's words: nobody is behind it.
    if [502, 503, 504].contains(answer.status) { throw DeliveryError(answer.reason, verdict: .retry()) }
    let hint = answer.status == 404 ? ": the path may be wrong" : ""
    return "the host answers; a HEAD, which posts nothing, with \(answer.status)\(hint)"
  }

  private func post(_ alert: Alert, _ place: Int) throws(DeliveryError) {
    let body = body(of: alert)
    var headers = headers + [HTTPHeader("Idempotency-Key", alert.id)]
    if let secret = options.secret {
      headers.append(HTTPHeader(options.signatureHeader, WebhookSink.signature(of: body, key: secret)))
    }
    let answer = try poster.post(body, headers: headers)
    if !answer.isSuccess { throw DeliveryError(answer.reason, verdict: answer.verdict(rejecting: [place])) }
  }

  func body(of alert: Alert) -> String {
    if let template {
      return JSONTree.object(template.map { JSONTree.Member($0.key, .string($0.text.text(of: alert))) }).compact
    }
    var bytes: [UInt8] = []
    bytes.append(alert: alert)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// `sha256=` and 64 hexadecimal digits.
  static func signature(of body: String, key: Secret) -> String {
    let digits = Array("0123456789abcdef".utf8)
    let mac = Signature.hmacSHA256(body.utf8, key: key.revealed.utf8)
    return "sha256=" + String(decoding: mac.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }

  private static func parsed(_ template: [String: String]) throws -> [(key: String, text: AlertTemplate)] {
    try template.sorted { $0.key < $1.key }.map { key, text in
      do throws(AlertTemplate.Problem) {
        return (key, try AlertTemplate(text))
      } catch {
        throw OptionError(key: "template", "\"\(key)\" \(error.message)")
      }
    }
  }
}
