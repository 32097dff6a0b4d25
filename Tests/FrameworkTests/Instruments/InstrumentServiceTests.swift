import Foundation
import Testing

@testable import ArbdFramework

@Suite struct InstrumentServiceTests {
  private let folder: TemporaryFolder
  private let cache: InstrumentCache

  init() throws {
    folder = try TemporaryFolder()
    cache = InstrumentCache(folder: folder.path("lists"))
  }

  private static func names(_ text: String) -> [Instrument] { text.split(separator: " ").compactMap { Instrument($0) } }

  private func service(
    _ network: AnsweringNetwork?, wanted: String = "BTC-USD", interval: Duration? = nil, hasCache: Bool = true
  ) -> InstrumentService {
    let target = InstrumentService.Target(
      sources: [0], venue: "tiny", adapter: ListedAdapter.self, request: HTTPRequest(url: "https://tiny.example/i"),
      interval: interval, cache: hasCache ? cache : nil, wanted: Self.names(wanted))
    return InstrumentService([target], makeNetwork: { try network ?? { throw NoNetwork() }() }, logger: silentLogger)
  }

  private struct NoNetwork: Error, CustomStringConvertible { let description = "there is no network" }

  /// The next news, as text.
  private func news(of service: InstrumentService) -> String? {
    switch service.waitForNews(atMost: .seconds(100)).first {
    case .list(_, let list)?: "\(list.count)"
    case .failed(_, let reason)?: reason
    case nil: nil
    }
  }

  // MARK: Answers

  @Test func aListIsReadAndKeptOnDisk() {
    let service = service(AnsweringNetwork(.response(status: 200, #"["BTC-USD","ETH-USD"]"#)))
    #expect(service.cached(0) == nil)
    service.start()
    defer { service.stop() }
    #expect(news(of: service) == "2")
    #expect(service.cached(0)?.count == 2)
    #expect(cache.list(of: "tiny") == Array(#"["BTC-USD","ETH-USD"]"#.utf8))
  }

  @Test(arguments: [
    (AnsweringNetwork.Answer.response(status: 503, "busy"), "the venue answers with status 503"),
    (.response(status: 429, ""), "the venue answers with status 429"),
    (.response(status: 200, "[]"), "there is none in it"),
    (.response(status: 200, "<html></html>"), "it cannot be read: "),
    (.response(status: 200, ""), "it cannot be read: "),
    (.response(status: 200, #"["BTC-USD"] x"#), "it cannot be read: "),
    // What the network says of an answer of half a gigabyte.
    (.failure("the answer has more than 67108864 bytes"), "the answer has more than 67108864 bytes"),
  ])
  func whatIsNoListIsTold(_ answer: AnsweringNetwork.Answer, _ reason: String) throws {
    #expect(cache.save(Array(#"["BTC-USD"]"#.utf8), of: "tiny") == nil)
    let service = service(AnsweringNetwork(answer))
    service.start()
    defer { service.stop() }
    let told = try #require(news(of: service))
    #expect(told.hasPrefix(reason))
    #expect(service.cached(0)?.count == 1, "the earlier list stays")
  }

  @Test func withoutANetworkEachListFails() {
    let service = service(nil)
    service.start()
    defer { service.stop() }
    #expect(news(of: service) == "there is no network")
  }

  @Test func theListIsFetchedFromTimeToTime() {
    let network = AnsweringNetwork(
      .response(status: 200, #"["BTC-USD"]"#), .failure("reset"), .response(status: 200, #"["BTC-USD","ETH-USD"]"#),
      .silence)
    let service = service(network, interval: .milliseconds(5))
    service.start()
    defer { service.stop() }
    #expect(news(of: service) == "1")
    #expect(news(of: service) == "reset")
    #expect(news(of: service) == "2")
  }

  /// No answer is read that is longer than any venue's list; the smallest address that asks for one is a source's.
  @Test func theRequestBoundsTheAnswer() throws {
    var options = MarketDataOptions()
    options.instruments = Self.names("BTC-USD ETH-USD")
    let context = PluginContext(logger: silentLogger, name: "tiny", markets: MarketTable())
    let adapter = ListedAdapter(options: options, context: context)
    let sources = [
      LiveSource(name: "a", adapter: adapter, options: LiveOptions()),
      LiveSource(name: "b", adapter: adapter, options: LiveOptions()),
    ]
    let means = LiveMeans(
      now: { Timestamp(microseconds: 0) }, attempts: nil, instruments: cache,
      makeNetwork: { AnsweringNetwork(.silence) })
    let service = InstrumentService(sources, means, logger: silentLogger)
    #expect(service.targets.count == 1, "one request for both")
    let target = try #require(service.targets.first)
    #expect(target.sources == [0, 1] && target.wanted.count == 2)
    #expect(target.request.url == "https://tiny.example/instruments")
    #expect(target.request.maximumResponseBytes == 64 << 20)
    // Another address is not the venue: its list is not kept as the venue's.
    var elsewhere = LiveOptions()
    elsewhere.endpoint = "ws://127.0.0.1:1"
    let other = InstrumentService(
      [LiveSource(name: "c", adapter: adapter, options: elsewhere)], means, logger: silentLogger)
    #expect(other.targets.first?.cache == nil && other.targets.first?.request.url == "http://127.0.0.1:1/instruments")
  }

  // MARK: Before a run begins

  private func check(_ service: InstrumentService) -> (error: String?, lists: [InstrumentList?]) {
    service.start()
    defer { service.stop() }
    var check = InstrumentCheck(service, logger: silentLogger)
    do {
      try check.run()
      return (nil, check.lists)
    } catch {
      return ("\(error)", check.lists)
    }
  }

  @Test func anInstrumentThatIsNotListedIsAnError() {
    let network = AnsweringNetwork(.response(status: 200, #"["BTC-USD","BTC-USDT","ETH-USD"]"#))
    let result = check(service(network, wanted: "BTC-USDD ETH-USD ETX-USD"))
    #expect(
      result.error
        == "tiny does not list BTC-USDD; near: BTC-USD, BTC-USDT; tiny does not list ETX-USD; near: ETH-USD")
  }

  @Test func aListedOneIsNone() {
    let result = check(service(AnsweringNetwork(.response(status: 200, #"["BTC-USD"]"#))))
    #expect(result.error == nil && result.lists.first??.count == 1)
  }

  /// A halted instrument is listed: the run begins, and waits for it.
  @Test func aHaltedOneIsNone() {
    #expect(check(service(AnsweringNetwork(.response(status: 200, #"["!BTC-USD"]"#)))).error == nil)
  }

  @Test func theListOnDiskIsEnoughForAStartWithoutNetwork() {
    #expect(cache.save(Array(#"["BTC-USD"]"#.utf8), of: "tiny") == nil)
    let result = check(service(nil))
    #expect(result.error == nil && result.lists.first??.count == 1)
  }

  @Test(arguments: [
    AnsweringNetwork.Answer.failure("refused"), .response(status: 200, "[]"), .response(status: 500, ""),
  ])
  func aListThatCannotBeHadStopsNothing(_ answer: AnsweringNetwork.Answer) {
    let result = check(service(AnsweringNetwork(answer)))
    #expect(result.error == nil && result.lists.count == 1 && result.lists[0] == nil)
  }

  /// What the list on disk does not have may be new: the venue is asked.
  @Test func aNewInstrumentIsLookedForInAFreshList() {
    #expect(cache.save(Array(#"["BTC-USD"]"#.utf8), of: "tiny") == nil)
    let fresh = AnsweringNetwork(.response(status: 200, #"["BTC-USD","NEW-USD"]"#))
    #expect(check(service(fresh, wanted: "NEW-USD")).error == nil)
    #expect(cache.list(of: "tiny")?.count == fresh.requests.count * 21)
  }

  // MARK: On disk

  @Test func whatIsNoFileOfTheCacheIsNoList() throws {
    #expect(cache.list(of: "tiny") == nil)
    #expect(cache.save([], of: "tiny") == nil)
    #expect(cache.list(of: "tiny") == nil, "an empty file")
    try FileManager.default.createDirectory(
      atPath: folder.path("lists/other.instruments.json"), withIntermediateDirectories: true)
    #expect(cache.list(of: "other") == nil)
    #expect(cache.save([1], of: "other") != nil, "a folder is in the way")
    #expect(InstrumentCache(folder: "/proc/none").save([1], of: "tiny")?.hasPrefix("cannot write ") == true)
  }
}
