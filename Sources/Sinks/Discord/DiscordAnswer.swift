import ArbdFramework
import ArbdTransport

/// What Discord's answers mean: https://docs.discord.com/developers/topics/rate-limits
enum DiscordAnswer {
  /// How long to send nothing, by the headers of the rate limit.
  static func pause(_ answer: HTTPPoster.Answer) -> Duration? {
    guard answer.header("x-ratelimit-remaining") == "0" else { return nil }
    return answer.header("x-ratelimit-reset-after").flatMap { seconds($0) }
  }

  /// 401, 403 and 404 in Discord's own words: no message will ever arrive again.
  static func meansGone(_ answer: HTTPPoster.Answer) -> Bool {
    [401, 403, 404].contains(answer.status) && isDiscords(answer)
  }

  static func verdict(_ answer: HTTPPoster.Answer, _ places: Range<Int>) -> DeliveryError.Verdict {
    switch answer.status {
    // More precise than the header, which is in whole seconds.
    case 429: .retry(after: retryAfter(answer.body) ?? answer.retryAfter ?? Duration.seconds(60))
    // A page of the network in front of Discord: it has had too much of this address.
    case 401, 403, 404: .retry(after: answer.retryAfter ?? .seconds(300))
    default: answer.verdict(rejecting: Set(places))
    }
  }

  /// The name in a webhook's own resource, empty where it has none; nil where the body is no such resource.
  static func webhookName(_ body: String) -> String? {
    guard member("id", in: body) != nil, let text = member("name", in: body) else { return nil }
    let bytes = Array(text.utf8)
    var json = JSONScanner(bytes.span.bytes)
    return (try? json.readString().string.printable) ?? ""
  }

  private static func isDiscords(_ answer: HTTPPoster.Answer) -> Bool { code(answer.body) != nil }

  /// The `code` of an error; nil where the body is no JSON object of Discord's.
  private static func code(_ body: String) -> Double? { number("code", in: body) ?? (hasMessage(body) ? 0 : nil) }

  /// `retry_after`, in seconds.
  private static func retryAfter(_ body: String) -> Duration? {
    number("retry_after", in: body).flatMap { seconds($0) }
  }

  private static func seconds(_ text: String) -> Duration? { Double(text).flatMap { seconds($0) } }

  private static func seconds(_ value: Double) -> Duration? {
    guard value.isFinite, value >= 0 else { return nil }
    // Before it becomes a duration, which does not hold every double.
    return .seconds(min(value, RetryAfter.most / .seconds(1)))
  }

  private static func hasMessage(_ body: String) -> Bool { member("message", in: body) != nil }

  private static func number(_ key: String, in body: String) -> Double? { member(key, in: body).flatMap { Double($0) } }

  /// The text of a member of the body's object; nil where there is none.
  private static func member(_ wanted: String, in body: String) -> String? {
    let bytes = Array(body.utf8)
    var json = JSONScanner(bytes.span.bytes)
    do throws(JSONError) {
      try json.beginObject()
      while let key = try json.nextKey() {
        let isWanted = key.string == wanted
        let start = json.offset
        try json.skipValue()
        if isWanted { return String(decoding: bytes[start..<json.offset], as: UTF8.self).trimmed }
      }
    } catch {
      return nil
    }
    return nil
  }
}

extension HTTPPoster {
  /// Discord wants to know who posts.
  static let agent = HTTPHeader("User-Agent", "DiscordBot (arbd, 0.1)")
}
