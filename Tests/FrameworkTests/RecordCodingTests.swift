import Testing

@testable import ArbdFramework

@Suite struct RecordCodingTests {
  static let tradeLine = """
    {"venue":"coinbase","instrument":"BTC-USD","price":"60091.21","size":"0.0100","side":"buy","trade_id":"123",\
    "event_time_us":1700000000123456,"receive_time_us":1700000000150000}
    """
  static let quoteLine = """
    {"venue":"binance","instrument":"BTC-USDT","bid":"60000.10","bid_size":null,"ask":"60000.20","ask_size":"1.50",\
    "event_time_us":-1,"receive_time_us":0}
    """

  @Test(arguments: [tradeLine, quoteLine])
  func documentedLinesReadAndWriteTheSame(_ line: String) throws {
    var records = RecordText()
    #expect(try records.encode(records.decode(line)) == line)
  }

  @Test func fieldsOfATradeAreRead() throws {
    var records = RecordText()
    guard case .trade(let trade) = try records.decode(Self.tradeLine) else { throw RecordText.NotThatKind() }
    #expect(records.markets[trade.market].description == "coinbase BTC-USD")
    #expect(trade.side == .buy)
    #expect(trade.price.exact?.description == "60091.21" && trade.price.value == 60091.21)
    #expect(trade.size.exact?.description == "0.0100")
    #expect(trade.id.description == "123")
    #expect(trade.eventTime.microseconds == 1_700_000_000_123_456)
    #expect(trade.receiveTime.microseconds == 1_700_000_000_150_000)
  }

  @Test func orderOfKeysAndWhatIsUnknownDoNotMatter() throws {
    var records = RecordText()
    let other = """
       { "receive_time_us" : 1700000000150000 , "event_time_us":1700000000123456,"x":[{"price":7}],"trade_id":"123",
      "side":"buy","size":"0.0100","price":"60091.21","instrument":"BTC-USD","\\u0076enue":"coin\\u0062ase"}\r
      """
    #expect(try records.encode(records.decode(other)) == Self.tradeLine)
  }

  @Test func randomRecordsReadBackTheSame() throws {
    var records = RecordText()
    var random = SeededRandom(seed: 8)
    for _ in 0..<2_000 {
      let record = random.record(in: records.markets)
      let line = records.encode(record)
      let decoded = try records.decode(line)
      switch (record, decoded) {
      case (.trade(let one), .trade(let other)): #expect(one == other, "\(line)")
      case (.quote(let one), .quote(let other)): #expect(one == other, "\(line)")
      default: Issue.record("\(line)")
      }
      #expect(records.encode(decoded) == line)
      #expect(refusal(of: Array(line.utf8)) == nil)
    }
  }

  @Test(arguments: ["venue", "instrument", "size", "side", "trade_id", "event_time_us", "receive_time_us"])
  func aMissingFieldOfATradeIsNamed(_ field: String) {
    expect(.missing(field), for: Self.tradeLine.replacing("\"\(field)\":", with: "\"other\":"))
  }

  @Test(arguments: [
    "venue", "instrument", "bid", "bid_size", "ask", "ask_size", "event_time_us", "receive_time_us",
  ])
  func aMissingFieldOfAQuoteIsNamed(_ field: String) {
    expect(.missing(field), for: Self.quoteLine.replacing("\"\(field)\":", with: "\"other\":"))
  }

  @Test func whatIsNeitherTradeNorQuoteLacksAPrice() {
    expect(.missing("price"), for: Self.tradeLine.replacing("\"price\":", with: "\"other\":"))
  }

  @Test func sidesAndSizesOfAQuoteMayBeNull() throws {
    var records = RecordText()
    let line =
      #"{"venue":"v","instrument":"A-B","bid":null,"bid_size":null,"ask":null,"ask_size":null,"#
      + #""event_time_us":1,"receive_time_us":2}"#
    guard case .quote(let quote) = try records.decode(line) else { throw RecordText.NotThatKind() }
    #expect(quote.bid.isMissing && quote.ask.isMissing && quote.bidSize.isMissing && quote.askSize.isMissing)
  }

  @Test(arguments: [
    (#""coinbase""#, "1"), (#""BTC-USD""#, "null"), (#""60091.21""#, "60091.21"), (#""60091.21""#, "null"),
    (#""0.0100""#, "[]"), (#""buy""#, "true"), (#""123""#, "123"),
    ("1700000000123456", #""1700000000123456""#),
    ("1700000000150000", "{}"), ("1700000000150000", "null"),
  ])
  func aFieldOfAnotherTypeIsNoRecord(_ value: String, _ other: String) throws {
    let line = Self.tradeLine.replacing(value, with: other)
    let offset = try #require(Self.tradeLine.firstRange(of: value)).lowerBound.utf16Offset(in: line)
    expect(.json(JSONError(.wrongType, at: offset)), for: line)
  }

  @Test(
    arguments: [
      ("1700000000123456", "1.5", .json(JSONError(.numberOutOfRange, at: 124))),
      ("1700000000123456", "99999999999999999999", .json(JSONError(.numberOutOfRange, at: 124))),
      ("1700000000123456", "9007199254740992", .badTime("event_time_us")),
      ("1700000000150000", "-9007199254740992", .badTime("receive_time_us")),
      ("1700000000150000", "9223372036854775807", .badTime("receive_time_us")),
      ("BTC-USD", "BTCUSD", .badInstrument("BTCUSD")),
      ("BTC-USD", "BTC-USD-PERP", .badInstrument("BTC-USD-PERP")),
      ("BTC-USD", "B\\u0020C-USD", .badInstrument("B C-USD")), ("coinbase", "", .badVenue("")),
      ("coinbase", "a\\nb", .badVenue("a\nb")),
      ("\"123\"", "\"\(String(repeating: "1", count: 40))\"", .tooLong("trade_id")),
    ] as [(String, String, LineError)])
  func whatMakesNoSenseIsNamed(_ value: String, _ other: String, _ error: LineError) {
    expect(error, for: Self.tradeLine.replacing(value, with: other))
  }

  @Test(arguments: ["", " ", "null", "[]", "{", "{}x", "{\"venue\":\"\u{1}\"}"])
  func whatIsNoObjectIsNoRecord(_ line: String) throws {
    var records = RecordText()
    do {
      _ = try records.decode(line)
      Issue.record("accepted")
    } catch {
      guard case .json = error else { throw error }
    }
  }

  /// The value that detectors see, and whether the digits can be published.
  @Test(
    arguments: [
      ("", nil, nil), (" 1", nil, nil), ("1 ", nil, nil), ("0x10", nil, nil), ("NaN", nil, nil),
      ("+1", nil, nil),
      ("01", nil, nil), (".5", nil, nil), ("1.", nil, nil), ("1,5", nil, nil), ("inf", nil, nil),
      ("\\u0000", nil, nil),
      ("1e400", .infinity, nil), ("-1e400", -.infinity, nil), ("1e-400", 0, nil),
      (
        "1234567890123456789012345678901234567890", 1.2345678901234568e39, nil
      ),
      ("0.12345678901234567890123456789012345678901", 0.12345678901234567890123456789012345678901, nil),
      ("\\u0031", 1, "1"), ("1\\u002e50", 1.5, "1.50"), ("0", 0, "0"), ("-0.50", -0.5, "-0.50"),
      ("1e2", 100, "1e2"),
    ] as [(String, Double?, String?)])
  func anyTextMakesAPrice(_ text: String, _ value: Double?, _ digits: String?) throws {
    var records = RecordText()
    let line = Self.tradeLine.replacing("60091.21", with: text)
    guard case .trade(let trade) = try records.decode(line) else { throw RecordText.NotThatKind() }
    #expect(value == nil ? trade.price.value.isNaN : trade.price.value == value)
    #expect(trade.price.exact?.description == digits)
    #expect(!trade.price.isMissing)
  }

  @Test func textsWithEscapesReadBackTheSame() throws {
    var records = RecordText()
    let line = Self.tradeLine.replacing("\"123\"", with: #""a\"\\\u0001é""#)
    guard case .trade(let trade) = try records.decode(line) else { throw RecordText.NotThatKind() }
    #expect(trade.id.description == "a\"\\\u{1}é")
    #expect(records.encode(.trade(trade)) == line)
  }

  @Test func theLengthOfAnIDIsThatOfWhatItsEscapesMean() throws {
    var records = RecordText()
    let line = Self.tradeLine.replacing("\"123\"", with: "\"\(String(repeating: "\\u0041", count: 39))\"")
    guard case .trade(let trade) = try records.decode(line) else { throw RecordText.NotThatKind() }
    #expect(trade.id.description == String(repeating: "A", count: 39))
  }

  @Test func oneMarketHasOneNumberHoweverItIsWritten() throws {
    var records = RecordText()
    let escaped = Self.tradeLine.replacing("coinbase", with: "c\\u006finbase").replacing(
      "BTC-", with: "BT\\u0043-")
    for line in [Self.tradeLine, escaped, Self.tradeLine, escaped] { _ = try records.decode(line) }
    #expect(records.markets.count == 1)
  }

  private func expect(_ expected: LineError, for line: String) {
    var records = RecordText()
    #expect(throws: expected, "\(line)") { _ = try records.decode(line) }
  }
}

/// Records as lines of text, over a market table of their own.
struct RecordText {
  struct NotThatKind: Error {}

  let markets = MarketTable()
  private lazy var decoder = RecordDecoder(markets: markets)

  mutating func decode(_ line: String) throws(LineError) -> MarketEvent {
    let bytes = Array(line.utf8)
    return try decoder.decode(bytes.span.bytes)
  }

  func encode(_ event: MarketEvent) -> String {
    var bytes: [UInt8] = []
    switch event {
    case .trade(let trade): bytes.append(trade: trade, at: markets[trade.market])
    case .quote(let quote): bytes.append(quote: quote, at: markets[quote.market])
    case .withdrawn, .clock: break
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

extension SeededRandom {
  /// A trade or a quote with anything in it that can be written and read.
  fileprivate mutating func record(in markets: MarketTable) -> MarketEvent {
    let instrument = Instrument(
      base: pick(["BTC", "1INCH", "币", "A\"B", "\\"]), quote: pick(["USD", "USDT", "é/"]))
    let market = markets.intern(
      Market(venue: pick(["coinbase", "a b", "\"", "é\\"]), instrument: instrument))
    let number = market ?? MarketID(index: 0)
    let (eventTime, receiveTime) = (timestamp(), timestamp())
    if chance(50) {
      let text = pick(["", "1", "9223372036854775807", "a\"\\\n", "é", String(repeating: "z", count: 39)])
      return .trade(
        Trade(
          market: number, side: pick([.buy, .sell, .unknown]), price: quantity(), size: quantity(),
          id: TradeID(text) ?? TradeID(0), eventTime: eventTime, receiveTime: receiveTime))
    }
    func side() -> Quantity { chance(20) ? .missing : quantity() }
    return .quote(
      Quote(
        market: number, bid: side(), bidSize: side(), ask: side(), askSize: side(), eventTime: eventTime,
        receiveTime: receiveTime))
  }

  private mutating func quantity() -> Quantity {
    let mantissa = Int64(bitPattern: next()) >> Int64(number(0...63))
    return Quantity(ExactDecimal(mantissa: max(mantissa, -.max), exponent: Int8(number(-20...6))))
  }

  private mutating func timestamp() -> Timestamp {
    Timestamp(microseconds: Int64.random(in: Timestamp.readableMicroseconds, using: &self))
  }
}
