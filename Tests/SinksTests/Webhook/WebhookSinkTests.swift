import ArbdFramework
import Foundation
import Testing

@testable import ArbdSinks

@Suite(.timeLimit(.minutes(5))) struct WebhookSinkTests {
  private func sink(
    _ server: RecordingServer, _ change: (inout WebhookOptions) -> Void = { _ in }
  ) async throws -> WebhookSink {
    var options = WebhookOptions()
    options.url = Secret("http://127.0.0.1:\(server.port)/hook?key=s3cret")
    change(&options)
    let sink = try WebhookSink(options: options, context: Sample.context("webhook"))
    try await sink.connect()
    return sink
  }

  private let alert = Record.alert(Sample.spread())

  @Test func anAlertIsPostedAsItStandsInFiles() async throws {
    let server = try RecordingServer()
    try await sink(server) {
      $0.secret = Secret("key")
      $0.headers = ["Authorization": Secret("Bearer t")]
    }.deliver([alert, .alert(Sample.cycle)])
    var line: [UInt8] = []
    line.append(alert: Sample.spread())
    let request = try #require(server.requests.first)
    #expect(server.requests.count == 2)
    #expect(request.body == String(decoding: line, as: UTF8.self))
    #expect(request.line == "POST /hook?key=s3cret HTTP/1.1")
    #expect(request.headers["idempotency-key"] == Sample.spread().id)
    #expect(request.headers["authorization"] == "Bearer t")
    #expect(request.headers["x-arbd-signature"] == WebhookSink.signature(of: request.body, key: Secret("key")))
  }

  /// RFC 4231, test case 2.
  @Test func theSignatureIsHMACSHA256() {
    #expect(
      WebhookSink.signature(of: "what do ya want for nothing?", key: Secret("Jefe"))
        == "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
  }

  @Test func aTemplateMakesTheBody() async throws {
    let server = try RecordingServer()
    try await sink(server) { $0.template = ["text": "{detector}: {route} net {net_bps} {{bps}", "channel": "all"] }
      .deliver([alert])
    #expect(
      server.requests.first?.body
        == #"{"channel":"all","text":"btc: buy binance BTC-USDT 60,041.97 → sell coinbase BTC-USD 60,109.98 net −58.69 {bps}"}"#
    )
  }

  @Test(arguments: ["{rout}", "{route", "{}"])
  func aTemplateNamesWhatThereIs(text: String) {
    var options = WebhookOptions()
    options.url = Secret("http://localhost/")
    options.template = ["text": text]
    let error = #expect(throws: OptionError.self) {
      try WebhookSink(options: options, context: Sample.context("webhook"))
    }
    #expect(error?.key == "template" && error?.message.hasPrefix("\"text\" ") == true)
  }

  @Test func aHeaderThatCannotBeSentIsRefused() {
    var options = WebhookOptions()
    options.url = Secret("http://localhost/")
    options.headers = ["A": Secret("b\r\nC: d")]
    let error = #expect(throws: OptionError.self) {
      try WebhookSink(options: options, context: Sample.context("webhook"))
    }
    #expect(error?.key == "headers" && error?.message.contains("C: d") == false)
  }

  @Test(
    arguments: [
      (200, nil), (204, nil), (302, .reject([0])), (400, .reject([0])), (404, .reject([0])),
      (408, .retry(after: .seconds(3))),
      (429, .retry(after: .seconds(3))), (500, .retry(after: .seconds(3))), (503, .retry(after: .seconds(3))),
    ] as [(Int, DeliveryError.Verdict?)])
  func theStatusDecides(status: Int, verdict: DeliveryError.Verdict?) async throws {
    let server = try RecordingServer([.status(status, "no\u{1B}[31m", ["Retry-After": "3", "Location": "http://x/"])])
    let sink = try await sink(server)
    do throws(DeliveryError) {
      try await sink.deliver([alert])
      #expect(verdict == nil)
    } catch {
      #expect(error.verdict == verdict)
      #expect(error.reason == "answer \(status): no [31m")
    }
  }

  @Test func whatAServerSaysOfSecretsIsNotRepeated() async throws {
    let server = try RecordingServer([.status(404, "Cannot POST /hook?key=s3cret with Bearer t0ken-value")])
    let sink = try await sink(server) { $0.headers = ["Authorization": Secret("Bearer t0ken-value")] }
    let error = await #expect(throws: DeliveryError.self) { try await sink.deliver([alert]) }
    #expect(error?.reason == "answer 404: Cannot POST /hook?key=*** with ***")
  }

  @Test func aLongAnswerIsAnAnswer() async throws {
    let server = try RecordingServer([.status(200, String(repeating: "x", count: 2 << 20))])
    try await sink(server).deliver([alert])
    #expect(server.requests.count == 1)
  }

  @Test func nobodyAtHomeIsAReasonToTryAgain() async throws {
    let server = try RecordingServer()
    server.stop()
    let sink = try await sink(server)
    let error = await #expect(throws: DeliveryError.self) { try await sink.deliver([alert]) }
    #expect(error?.verdict == .retry(after: nil) && error?.reason.contains("s3cret") == false)
  }

  @Test(arguments: [200, 302, 404, 405, 500])
  func aReceiverIsAskedWithoutPosting(status: Int) async throws {
    let server = try RecordingServer([.status(status)])
    let sink = try await sink(server) { $0.headers = ["Authorization": Secret("Bearer t")] }
    let hint = status == 404 ? ": the path may be wrong" : ""
    #expect(try await sink.inspect() == "the host answers; a HEAD, which posts nothing, with \(status)\(hint)")
    #expect(server.requests.map(\.line) == ["HEAD /hook?key=s3cret HTTP/1.1"])
    #expect(server.requests.first?.headers["authorization"] == "Bearer t")
  }

  @Test(arguments: [RecordingServer.Answer.status(503), RecordingServer.Answer(hangsUp: true)])
  func aReceiverThatIsNotThereSaysSo(answer: RecordingServer.Answer) async throws {
    let server = try RecordingServer(Array(repeating: answer, count: 4))
    let sink = try await sink(server)
    let error = await #expect(throws: DeliveryError.self) { try await sink.inspect() }
    #expect(error?.reason.contains("s3cret") == false)
  }
}
