import ArbdFramework
import ArbdTransport
import Testing

@Suite struct DeflateNegotiationTests {
  /// Both handshakes one against the other; `edit` changes what the server's answer says.
  private static func agreement(
    offering offered: DeflateParameters, limits: DeflateParameters?, edit: (String) -> String = { $0 }
  ) throws -> (client: DeflateParameters?, server: DeflateParameters?) {
    var request = WebSocketRequest(url: "ws://venue.example/")
    request.compresses = true
    var random = SystemRandomNumberGenerator()
    var client = try ClientHandshake(request, offering: offered, using: &random)
    var reader = HTTPHeadReader()
    let head = try #require(try reader.read(client.request.span.bytes)).head
    let (response, compression) = try ServerHandshake(head).accept(compression: limits)
    let edited = Array(edit(String(decoding: response, as: UTF8.self)).utf8)
    let opened = try client.receive(edited.span.bytes, now: Timestamp(microseconds: 0))
    return (opened?.agreement.compression, compression)
  }

  private static func parameters(
    _ serverKeeps: Bool, _ serverBits: Int, _ clientKeeps: Bool, _ clientBits: Int
  ) -> DeflateParameters {
    DeflateParameters(
      server: .init(keepsContext: serverKeeps, windowBits: serverBits),
      client: .init(keepsContext: clientKeeps, windowBits: clientBits))
  }

  @Test(arguments: [
    (parameters(true, 15, true, 15), parameters(true, 15, true, 15), parameters(true, 15, true, 15)),
    (parameters(false, 15, true, 15), parameters(true, 15, true, 15), parameters(false, 15, true, 15)),
    (parameters(true, 15, true, 15), parameters(false, 15, false, 15), parameters(false, 15, false, 15)),
    (parameters(true, 10, false, 11), parameters(true, 12, true, 9), parameters(true, 10, false, 9)),
    (parameters(true, 15, true, 15), parameters(true, 9, true, 8), parameters(true, 9, true, 8)),
  ])
  func bothEndsComeToTheSame(offered: DeflateParameters, limits: DeflateParameters, agreed: DeflateParameters) throws {
    let (client, server) = try DeflateNegotiationTests.agreement(offering: offered, limits: limits)
    #expect(client == agreed)
    #expect(server == agreed)
  }

  @Test func aServerNeedNotCompress() throws {
    let (client, server) = try DeflateNegotiationTests.agreement(offering: DeflateParameters(), limits: nil)
    #expect(client == nil && server == nil)
  }

  @Test func aWindowThatZlibDoesNotKnowIsDeclined() throws {
    let offered = DeflateNegotiationTests.parameters(true, 8, true, 15)
    let (client, server) = try DeflateNegotiationTests.agreement(offering: offered, limits: DeflateParameters())
    #expect(client == nil && server == nil)
  }

  @Test(arguments: [
    "permessage-deflate; unknown", "permessage-deflate; client_no_context_takeover=1",
    "permessage-deflate; server_max_window_bits", "permessage-deflate; server_max_window_bits=7",
    "permessage-deflate; server_max_window_bits=16", "permessage-deflate; server_max_window_bits=09",
    "permessage-deflate; client_max_window_bits", "permessage-deflate; client_max_window_bits=x",
    "permessage-deflate; client_max_window_bits=10; client_max_window_bits=10",
    "permessage-deflate, permessage-deflate", "permessage-deflate; ;", "x-webkit-deflate-frame", "=",
  ])
  func wrongAnswersAreRefused(answer: String) {
    #expect(throws: NetworkFailure.self) {
      try DeflateNegotiationTests.agreement(offering: DeflateParameters(), limits: DeflateParameters()) {
        $0.replacing("Sec-WebSocket-Extensions: permessage-deflate", with: "Sec-WebSocket-Extensions: \(answer)")
      }
    }
  }

  /// What the client needs is not granted.
  @Test(arguments: ["permessage-deflate", "permessage-deflate; server_no_context_takeover"])
  func answersThatGrantTooLittle(answer: String) {
    let offered = DeflateNegotiationTests.parameters(false, 10, true, 15)
    #expect(throws: NetworkFailure.self) {
      try DeflateNegotiationTests.agreement(offering: offered, limits: DeflateParameters()) { response in
        response.split(separator: "\r\n", omittingEmptySubsequences: false).map {
          $0.hasPrefix("Sec-WebSocket-Extensions") ? "Sec-WebSocket-Extensions: \(answer)" : String($0)
        }.joined(separator: "\r\n")
      }
    }
  }

  @Test func quotedValuesAreRead() throws {
    let (client, _) = try DeflateNegotiationTests.agreement(offering: DeflateParameters(), limits: DeflateParameters())
    {
      $0.replacing("permessage-deflate", with: #"permessage-deflate ;server_max_window_bits = "10""#)
    }
    #expect(client?.server.windowBits == 10)
  }
}
