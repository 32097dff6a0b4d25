public import ArbdFramework
internal import Logging
internal import Synchronization

/// Posts alerts to a Discord webhook, several in one message where they come together.
///
/// A message counts once Discord has answered that it is saved (`wait=true`). A crash between the answer and the cursor of
/// the journal posts it again, with the same ids in the footers.
public final class DiscordSink: Sink {
  public static let name = "discord"
  public static let summary = "Posts alerts to a Discord webhook."
  public static let accepts: Set<Record.Kind> = [.alert]
  public static let batchLimit = DiscordLimits.embeds

  private struct State {
    var nextPost = ContinuousClock.now
    /// Why nothing more is sent: the webhook does not exist any more.
    var end: String?
  }

  private let options: DiscordOptions
  private let poster: HTTPPoster
  private let state = Mutex(State())

  public init(options: DiscordOptions, context: PluginContext) throws {
    if let problem = HTTPPoster.problem(with: options.webhook) { throw OptionError(key: "webhook", problem) }
    if options.webhook.revealed.contains("?") {
      throw OptionError(key: "webhook", "must have no query; arbd adds its own")
    }
    self.options = options
    poster = HTTPPoster(url: options.webhook, certificateFile: options.certificateFile)
  }

  public func connect() async throws(DeliveryError) {
    try poster.open()
    state.withLock { $0.end = nil }
  }

  public func deliver(_ batch: [Record]) async throws(DeliveryError) {
    let alerts = batch.compactMap { if case .alert(let alert) = $0 { alert } else { nil } }
    var done = 0
    while let message = DiscordMessage(
      alerts[done...], username: options.username, atMost: options.mostPerMessage)
    {
      let places = done..<(done + message.count)
      do throws(DeliveryError) {
        try await post(message, places)
      } catch {
        // What Discord refuses as a whole may hold one bad alert among good ones.
        if case .reject = error.verdict, message.count > 1, state.withLock({ $0.end == nil }) {
          try await postOneByOne(alerts, places)
        } else {
          throw DeliveryError(
            error.reason, verdict: error.verdict, delivered: error.delivered.union(0..<done))
        }
      }
      done += message.count
    }
  }

  public func close() async { poster.close() }

  /// The webhook's own resource: https://docs.discord.com/developers/resources/webhook#get-webhook-with-token
  public func inspect() async throws(DeliveryError) -> String? {
    let answer = try poster.ask(.get, headers: [HTTPPoster.agent])
    guard answer.isSuccess else {
      let what = DiscordAnswer.meansGone(answer) ? "the webhook is gone or its token is wrong: " : ""
      throw DeliveryError(what + answer.reason, verdict: DiscordAnswer.verdict(answer, 0..<0))
    }
    // Nothing else of it may be shown: it holds the token.
    guard let name = DiscordAnswer.webhookName(answer.body) else {
      throw DeliveryError("what answers is no webhook of Discord", verdict: .stop)
    }
    return name.isEmpty ? "the webhook is there" : "the webhook is there, with the name \"\(name)\""
  }

  private func postOneByOne(_ alerts: [Alert], _ places: Range<Int>) async throws(DeliveryError) {
    var delivered = Set(0..<places.lowerBound)
    var rejected: Set<Int> = []
    var reason = ""
    for place in places {
      guard
        let message = DiscordMessage(alerts[place...place], username: options.username, atMost: 1)
      else { continue }
      do throws(DeliveryError) {
        try await post(message, place..<(place + 1))
        delivered.insert(place)
      } catch {
        guard case .reject = error.verdict else {
          throw DeliveryError(error.reason, verdict: error.verdict, delivered: delivered)
        }
        rejected.insert(place)
        reason = error.reason
      }
    }
    if !rejected.isEmpty { throw DeliveryError(reason, verdict: .reject(rejected), delivered: delivered) }
  }

  private func post(_ message: DiscordMessage, _ places: Range<Int>) async throws(DeliveryError) {
    if let end = state.withLock({ $0.end }) { throw DeliveryError(end, verdict: .reject(Set(places))) }
    do {
      try await Task.sleep(until: state.withLock { $0.nextPost })
    } catch {
      throw DeliveryError("stopped before it was sent", verdict: .stop)
    }
    let answer: HTTPPoster.Answer
    do throws(DeliveryError) {
      answer = try poster.post(
        message.body, headers: [HTTPPoster.agent], query: "?wait=true")
    } catch {
      setNextPost(after: options.minimumInterval)
      throw error
    }
    let pause = DiscordAnswer.pause(answer)
    setNextPost(after: max(options.minimumInterval, pause ?? .zero))
    guard !answer.isSuccess else { return }
    if DiscordAnswer.meansGone(answer) {
      let end = "the webhook is gone or its token is wrong (\(answer.reason)); nothing more is sent to it"
      state.withLock { $0.end = end }
      throw DeliveryError(end, verdict: .reject(Set(places)))
    }
    throw DeliveryError(answer.reason, verdict: DiscordAnswer.verdict(answer, places))
  }

  private func setNextPost(after pause: Duration) {
    state.withLock { $0.nextPost = .now + pause }
  }
}
