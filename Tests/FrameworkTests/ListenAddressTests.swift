import Testing

@testable import ArbdFramework

@Suite struct ListenAddressTests {
  @Test(arguments: [
    ("127.0.0.1:9464", "127.0.0.1:9464", true), (":80", "127.0.0.1:80", true), ("9464", "127.0.0.1:9464", true),
    ("localhost:0", "127.0.0.1:0", true), ("[::1]:65535", "[::1]:65535", true), ("0.0.0.0:1", "0.0.0.0:1", false),
    ("[::]:1", "[::]:1", false), ("[::ffff:10.0.0.1]:1", "[::ffff:10.0.0.1]:1", false),
  ])
  func reads(_ text: String, _ written: String, _ isLoopback: Bool) throws {
    let address = try #require(ListenAddress(text))
    #expect(address.description == written && address.isLoopback == isLoopback)
    #expect(ListenAddress(written) == address)
  }

  @Test(arguments: [
    "", ":", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:+1", "256.0.0.1:1", "1.2.3:1",
    "1.2.3.4.5:1", "1..2.3:1", "+1.2.3.4:1", "example.com:80", "::1:80", "[]:1", "[127.0.0.1]:1", "[::1%eth0]:1",
    "[::1]", "127.0.0.1:１",
  ])
  func refuses(_ text: String) { #expect(ListenAddress(text) == nil) }

  private func report(_ http: String) -> (http: HTTPOptions?, text: String) {
    let (configuration, diagnostics) = load(#"{"sources":[{"type":"replay","path":"x"}],"http":\#(http)}"#)
    return (configuration?.http, diagnostics.all.map { "\($0.path): \($0.message)" }.joined(separator: "\n"))
  }

  @Test func theDefaultIsThisMachineAlone() {
    #expect(report("{}").http?.listen == .standard)
    #expect(ListenAddress.standard.description == "127.0.0.1:9464")
  }

  @Test func mistakesAreNamed() {
    #expect(report(#"{"listen":"example.com:80"}"#).text.hasPrefix("http.listen: expected an IP address and a port"))
    #expect(report(#"{"listen":9464}"#).http == nil)
    let open = report(#"{"listen":"0.0.0.0:9464"}"#)
    #expect(open.http != nil && open.text.hasPrefix("http.listen: whoever reaches 0.0.0.0:9464 can read"))
  }
}
