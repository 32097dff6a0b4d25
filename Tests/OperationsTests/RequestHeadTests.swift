import Testing

@testable import ArbdOperations

@Suite struct RequestHeadTests {
  @Test(arguments: [
    "GET /metrics HTTP/1.1\r\n\r\n", "GET /metrics HTTP/1.0\n\n", "GET /metrics?a=b HTTP/1.1\r\nHost: x\r\n\r\nbody",
    "GET /metrics HTTP/1.1\r\nA: \u{7F}ü\r\n\n",
  ])
  func reads(_ text: String) {
    #expect(RequestHead.read(Array(text.utf8)) == .complete(RequestHead(method: "GET", path: "/metrics")))
  }

  @Test(arguments: [
    "GET /\r\n\r\n", "GET  / HTTP/1.1\r\n\r\n", "GET metrics HTTP/1.1\r\n\r\n", "GET / HTTP/2\r\n\r\n", "\r\n\r\n",
    " / HTTP/1.1\n\n", "GET /\u{1} HTTP/1.1\r\n\r\n", "\u{16}\u{3}\u{1}\n\n",
  ])
  func refuses(_ text: String) { #expect(RequestHead.read(Array(text.utf8)) == .malformed) }

  @Test func readsNoMoreThanItsLimit() {
    let line = Array("GET / HTTP/1.1\r\nA: ".utf8)
    let filler = [UInt8](repeating: 0x61, count: RequestHead.mostBytes)
    #expect(RequestHead.read(line) == .incomplete)
    #expect(RequestHead.read(line + filler) == .tooLarge)
    #expect(RequestHead.read(line + filler + Array("\r\n\r\n".utf8)) == .tooLarge)
  }

  /// In whatever pieces it arrives.
  @Test func piecesMakeTheSame() {
    let whole = Array("HEAD /healthz HTTP/1.1\r\nHost: x\r\n\r\n".utf8)
    for cut in 1..<whole.count {
      #expect(RequestHead.read(Array(whole[..<cut])) == .incomplete)
      #expect(RequestHead.read(whole, from: cut) == .complete(RequestHead(method: "HEAD", path: "/healthz")))
    }
  }
}
