import ArbdFramework
import Foundation
import Testing

@testable import ArbdSinks

@Suite(.timeLimit(.minutes(5))) struct DiscordSinkTests {
  private func sink(
    _ server: RecordingServer, _ change: (inout DiscordOptions) -> Void = { _ in }
  ) async throws -> DiscordSink {
    var options = DiscordOptions()
    options.webhook = Secret("http://127.0.0.1:\(server.port)/api/webhooks/1/s3cret")
    options.minimumInterval = .zero
    change(&options)
    let sink = try DiscordSink(options: options, context: Sample.context("discord"))
    try await sink.connect()
    return sink
  }

  private func failure(_ sink: DiscordSink, _ records: [Record]) async -> DeliveryError? {
    do throws(DeliveryError) {
      try await sink.deliver(records)
      return nil
    } catch {
      return error
    }
  }

  private let alert = Record.alert(Sample.spread())

  @Test func anAlertIsAnEmbed() async throws {
    let server = try RecordingServer()
    let sink = try await sink(server)
    try await sink.deliver([alert])
    let request = try #require(server.requests.first)
    #expect(request.line == "POST /api/webhooks/1/s3cret?wait=true HTTP/1.1")
    #expect(request.headers["content-type"] == "application/json")
    #expect(request.headers["user-agent"]?.hasPrefix("DiscordBot (") == true)
    #expect((request.object["allowed_mentions"] as? [String: [String]])?["parse"] == [])
    #expect(request.object["username"] as? String == "arbd" && request.object["content"] == nil)
    let embed = try #require((request.object["embeds"] as? [[String: Any]])?.first)
    #expect(embed["title"] as? String == "btc · buy binance BTC-USDT → sell coinbase BTC-USD")
    #expect(
      embed["description"] as? String
        == "buy binance BTC-USDT at **60,041.97**, fee 10 bps\nsell coinbase BTC-USD at **60,109.98**, fee 60 bps")
    let fields = (embed["fields"] as? [[String: Any]] ?? []).map { [$0["name"] as? String, $0["value"] as? String] }
    #expect(
      fields == [
        ["spread", "68.0160 USDT"], ["gross", "+11.33 bps"], ["net", "−58.69 bps"],
        ["window", "00:00:05 to 00:00:10 UTC"],
      ])
    #expect(embed["timestamp"] as? String == "2026-01-01T00:00:11.699Z")
    #expect((embed["footer"] as? [String: String])?["text"] == Sample.spread().id)
  }

  @Test func alertsThatComeTogetherShareAMessage() async throws {
    let server = try RecordingServer()
    try await sink(server).deliver(Array(repeating: alert, count: 23))
    let counts = server.requests.map { ($0.object["embeds"] as? [Any])?.count }
    #expect(counts == [10, 10, 3])
  }

  @Test func noLimitIsPassed() throws {
    let long = String(repeating: "*@everyone_", count: 500)
    let legs = (0..<8).map { _ in
      Alert.Leg(side: .buy, market: Sample.market(long, "A\(long.dropLast())-B"), price: 1e-300, feeBasisPoints: 1)
    }
    let alert = Alert(
      detector: long, type: "cycle", windowStart: Timestamp(microseconds: -5), windowEnd: Timestamp(microseconds: 0),
      legs: legs, spread: .nan, grossBasisPoints: 1e300, netBasisPoints: -.infinity,
      detectedAt: Timestamp(microseconds: 9_007_199_254_740_991))
    let embed = DiscordEmbed(alert)
    let table = [
      (embed.title, DiscordLimits.title), (embed.description, DiscordLimits.description),
      (embed.footer, DiscordLimits.footer),
    ]
    for (text, limit) in table + embed.fields.map({ ($0.value, DiscordLimits.fieldValue) }) {
      #expect(!text.isEmpty && text.utf16.count <= limit)
    }
    let message = try #require(DiscordMessage(Array(repeating: alert, count: 10)[...], username: long, atMost: 10))
    #expect((1..<10).contains(message.count))
    #expect(embed.length * message.count <= DiscordLimits.total)
    #expect(embed.json["timestamp"] == "2255-06-05T23:47:34.740Z")
  }

  @Test func namesAreNoMarkup() {
    #expect("a_b*c @everyone\u{7}".withoutMarkup == "a\\_b\\*c \\@everyone ")
  }

  @Test(arguments: [
    (429, #"{"message": "You are being rate limited.", "retry_after": 1.5, "global": false}"#, 1.5),
    (429, #"{"retry_after": 1e300, "message": "m"}"#, 2_592_000),
    (429, "<html>busy</html>", 7), (500, "", 7), (502, "<html>", 7), (403, "<html>banned</html>", 7),
  ])
  func whatMayPassIsTriedAgain(status: Int, body: String, seconds: Double) async throws {
    let server = try RecordingServer([.status(status, body, ["Retry-After": "7"])])
    let error = try #require(await failure(try await sink(server), [alert]))
    guard case .retry(let delay?) = error.verdict else {
      Issue.record("\(error.verdict)")
      return
    }
    #expect(abs(delay / .seconds(1) - seconds) < 0.01)
    #expect(!"\(error)".contains("s3cret"))
  }

  @Test func whatIsGoneIsAskedNoMore() async throws {
    let server = try RecordingServer([.status(404, #"{"message": "Unknown Webhook", "code": 10015}"#)])
    let sink = try await sink(server)
    let first = try #require(await failure(sink, [alert, alert]))
    #expect(first.verdict == .reject([0, 1]) && first.reason.contains("Unknown Webhook"))
    let second = try #require(await failure(sink, [alert]))
    #expect(second.verdict == .reject([0]) && second.reason == first.reason)
    #expect(server.requests.count == 1)
  }

  @Test func oneBadAlertDoesNotTakeTheOthersWithIt() async throws {
    let bad = RecordingServer.Answer.status(400, #"{"message": "Invalid Form Body", "code": 50035}"#)
    let server = try RecordingServer([bad, .status(200), bad, .status(200)])
    let error = try #require(await failure(try await sink(server), [alert, alert, alert]))
    #expect(error.verdict == .reject([1]) && error.delivered == [0, 2])
    #expect(server.requests.count == 4)
  }

  @Test func anOutageHalfWayKeepsWhatArrived() async throws {
    let server = try RecordingServer([.status(200), .status(503)])
    let error = try #require(await failure(try await sink(server), Array(repeating: alert, count: 12)))
    #expect(error.verdict == .retry(after: nil) && error.delivered == Set(0..<10))
  }

  @Test func aConnectionThatIsClosedIsTriedAgain() async throws {
    let server = try RecordingServer(Array(repeating: RecordingServer.Answer(hangsUp: true), count: 4))
    let error = try #require(await failure(try await sink(server), [alert]))
    #expect(error.verdict == .retry(after: nil) && !error.reason.contains("s3cret"))
  }

  @Test(arguments: [
    (
      #"{"id": "1", "type": 1, "name": "spreads \"a\"", "token": "s3cret"}"#,
      #"the webhook is there, with the name "spreads "a"""#
    ),
    (#"{"name": null, "id": "1", "token": "s3cret"}"#, "the webhook is there"),
  ])
  func aWebhookIsAskedWithoutPosting(body: String, words: String) async throws {
    let server = try RecordingServer([.status(200, body)])
    #expect(try await sink(server).inspect() == words)
    #expect(server.requests.map(\.line) == ["GET /api/webhooks/1/s3cret HTTP/1.1"])
    #expect(server.requests.first?.headers["user-agent"]?.hasPrefix("DiscordBot (") == true)
  }

  @Test(arguments: [
    (404, #"{"message": "Unknown Webhook", "code": 10015}"#, "the webhook is gone or its token is wrong: answer 404: "),
    (
      401, #"{"message": "Invalid Webhook Token s3cret", "code": 50027}"#, "the webhook is gone or its token is wrong: "
    ),
    (403, "<html>banned</html>", "answer 403: <html>banned"), (500, "", "answer 500"),
    (200, "<html>hello</html>", "what answers is no webhook of Discord"),
    (200, "{}", "what answers is no webhook of Discord"),
  ])
  func whatIsNoWebhookSaysSo(status: Int, body: String, reason: String) async throws {
    let server = try RecordingServer([.status(status, body)])
    let sink = try await sink(server)
    let error = await #expect(throws: DeliveryError.self) { try await sink.inspect() }
    let text = try #require(error?.reason)
    #expect(text.hasPrefix(reason) && !text.contains("s3cret"), "\(text)")
  }

  @Test(arguments: ["ftp://a/b", "https://a/b c", "https://a/b?wait=false"])
  func anAddressMustBeOne(url: String) {
    var options = DiscordOptions()
    options.webhook = Secret(url)
    let error = #expect(throws: OptionError.self) {
      try DiscordSink(options: options, context: Sample.context("discord"))
    }
    #expect(error?.key == "webhook" && error?.message.contains(url) == false)
  }
}
