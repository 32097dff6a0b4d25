import Foundation
import Testing

@testable import ArbdAdapters
@testable import ArbdFramework

/// Books rebuilt from real frames stay in step from the first to the last, and are what the frames say.
@Suite(.enabled(if: RecordedFile.areThere, "no recordings beside the project"))
struct RecordedBooksTests {
  private static let products = [
    "BAND-GBP", "BAND-BTC", "YFI-BTC", "NU-GBP", "CRV-EUR", "SKL-GBP", "SKL-USD", "SKL-BTC", "NMR-EUR", "DASH-BTC",
  ]

  @Test func coinbaseBooksAreThoseOfAPlainerReader() throws {
    var conversation = Conversation.coinbase([], books: Self.products)
    conversation.connect()
    var plain: [String: PlainBook] = [:]
    var (updates, quotes) = (0, 0)
    for frame in try RecordedFile.coinbase.frames() {
      let reception = conversation.receive(frame.frame, at: frame.time)
      #expect(reception.error == nil && reception.kind != .unknown)
      #expect(reception.actions.allSatisfy { $0.hasPrefix("acknowledged") }, "\(reception.actions)")
      quotes += reception.events.count
      guard let message = try JSONSerialization.jsonObject(with: Data(frame.frame.utf8)) as? [String: Any],
        let product = message["product_id"] as? String
      else { continue }
      if message["type"] as? String == "snapshot" {
        var book = PlainBook()
        for (name, side) in [("bids", "buy"), ("asks", "sell")] {
          for level in message[name] as? [[String]] ?? [] { book.set(side, level[0], level[1]) }
        }
        plain[product] = book
      } else if let changes = message["changes"] as? [[String]] {
        updates += 1
        for change in changes { plain[product]?.set(change[0], change[1], change[2]) }
        guard updates % 10 == 0 else { continue }
        let book = try #require(conversation.book(product), "\(product) is in step")
        #expect(book.bids.prefix(50) == plain[product]?.best("buy", 50)[...])
        #expect(book.asks.prefix(50) == plain[product]?.best("sell", 50)[...])
      }
    }
    #expect(updates == 9_719)
    #expect(quotes > 1_000)
    #expect(Self.products.allSatisfy { conversation.book($0) != nil })
  }

  /// Until 2026 the venue sent checksums: each of them is compared.
  @Test func okxBooksAgreeWithEachChecksum() throws {
    // Two are no spot markets: here they go by names that look like it.
    let names = ["BTC-USDT", "BTC-USD", "UNI-USD"]
    var conversation = Conversation(OKXAdapter.self, books: names)
    #expect(conversation.subscriptions.count == names.count)
    conversation.connect()
    var checksums = 0
    for frame in try RecordedFile.okx.frames() {
      let text = frame.frame.replacing("BTC-USD-220527", with: "BTC-USD").replacing("UNI-USD-SWAP", with: "UNI-USD")
      let reception = conversation.receive(text, at: frame.time)
      #expect(reception.error == nil && reception.kind != .unknown)
      #expect(reception.actions.allSatisfy { $0.hasPrefix("acknowledged") }, "\(reception.actions)")
      if frame.frame.contains("\"checksum\":"), !frame.frame.contains("\"checksum\":0}") { checksums += 1 }
    }
    #expect(checksums == 290)
    for name in names {
      let book = try #require(conversation.book(name))
      #expect(book.bids.count > 25 && book.asks.count > 25)
    }
  }

  /// The depth stream of the recording has no snapshot by REST: its first change takes the place of one, and from there on
  /// no number is missing.
  @Test func binanceChangesFollowOneAnother() throws {
    var conversation = Conversation(BinanceAdapter.self, books: ["BTC-USDT"], depth: 1_000) { .init(data: $0) }
    conversation.connect()
    var updates = 0
    for frame in try RecordedFile.binance.frames() {
      let reception = conversation.receive(frame.frame, at: frame.time)
      #expect(reception.error == nil && reception.kind != .unknown)
      if reception.kind == .data { updates += 1 }
      if updates == 1, let fetch = reception.actions.first(where: { $0.hasPrefix("fetch -1 ") }) {
        #expect(fetch.hasSuffix("/api/v3/depth?symbol=BTCUSDT&limit=1000"))
        let last = try #require(Self.lastNumber(in: frame.frame))
        conversation.answer(-1, #"{"lastUpdateId":\#(last),"bids":[],"asks":[]}"#, at: frame.time)
        continue
      }
      #expect(reception.actions.allSatisfy { !$0.hasPrefix("out of step") }, "\(reception.actions)")
    }
    #expect(updates > 3_000)
    #expect(conversation.book("BTC-USDT") != nil)
  }

  private static func lastNumber(in frame: String) -> Int64? {
    let message = try? JSONSerialization.jsonObject(with: Data(frame.utf8)) as? [String: Any]
    let data = message?["data"] as? [String: Any] ?? message
    return (data?["u"] as? NSNumber)?.int64Value
  }
}

/// All levels ever set, digits as they came.
private struct PlainBook {
  private var sizes: [String: [Decimal: (price: String, size: String)]] = [:]

  mutating func set(_ side: String, _ price: String, _ size: String) {
    guard let key = Decimal(string: price), let amount = Decimal(string: size) else { return }
    sizes[side, default: [:]][key] = amount == 0 ? nil : (price, size)
  }

  func best(_ side: String, _ count: Int) -> [String] {
    let levels = sizes[side, default: [:]].sorted { side == "buy" ? $0.key > $1.key : $0.key < $1.key }
    return levels.prefix(count).map { "\($0.value.size) @ \($0.value.price)" }
  }
}
