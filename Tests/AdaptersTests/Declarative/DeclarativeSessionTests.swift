import ArbdAdapters
import ArbdFramework
import Foundation
import Testing

@Suite struct DeclarativeSessionTests {
  /// The shapes of Bitstamp's documentation, numbers made up.
  private static func trade(
    price: String = "50123.40", id: String = "310000001", time: String = "1890000000135123", type: String = "0"
  ) -> String {
    #"{"data":{"id":\#(id),"id_str":"\#(id)","timestamp":"1890000000","amount":0.5,"amount_str":"0.50000000","#
      + #""price":50123.4,"price_str":"\#(price)","type":\#(type),"microtimestamp":"\#(time)","buy_order_id":1,"#
      + #""sell_order_id":2},"channel":"live_trades_btcusd","event":"trade"}"#
  }

  private static func bitstamp(trades: [String] = ["BTC-USD", "ETH-USD"], quotes: [String] = []) throws -> Conversation
  {
    SpecFile.conversation(try SpecFile.example("bitstamp"), trades: trades, quotes: quotes)
  }

  // MARK: What is sent

  @Test func eachInstrumentIsAskedForByItself() throws {
    var conversation = try Self.bitstamp(quotes: ["BTC-USD"])
    #expect(
      conversation.connect().actions == [
        #"send {"event":"bts:subscribe","data":{"channel":"live_trades_btcusd"}}"#,
        #"send {"event":"bts:subscribe","data":{"channel":"live_trades_ethusd"}}"#,
        #"send {"event":"bts:subscribe","data":{"channel":"order_book_btcusd"}}"#,
      ])
    #expect(
      conversation.unsubscribe([conversation.subscriptions[0]]).actions == [
        #"send {"event":"bts:unsubscribe","data":{"channel":"live_trades_btcusd"}}"#
      ])
  }

  @Test func anArrayHoldsAllInstruments() throws {
    var conversation = SpecFile.conversation(try SpecFile.example("gemini"), trades: ["BTC-USD", "ETH-USD"])
    #expect(
      conversation.connect().actions == [
        #"send {"type":"subscribe","subscriptions":[{"name":"l2","symbols":["BTCUSD","ETHUSD"]}]}"#
      ])
  }

  @Test func requestsAreNumberedAndAnsweredByNumber() throws {
    var conversation = try SpecFile.conversation(
      """
      [{"kind": "acknowledged", "when": {"/result": null}, "request": "/id"},
       {"kind": "refused", "when": {"/error": {"present": true}}, "request": "/id", "reason": "/error/msg"},
       {"kind": "trades", "symbol": "/s", "price": "/p", "size": "/q", "id": "/t", "time": {"at": "/T", "unit": "ms"}}]
      """, trades: ["BTC-USD", "ETH-USD"],
      subscribe: #"{"params":["{symbol_lower}@trade"],"id":"{id}","text":"{id_text}"}"#)
    #expect(conversation.connect().actions == [#"send {"params":["btcusd@trade","ethusd@trade"],"id":1,"text":"1"}"#])
    let answer = conversation.receive(#"{"result":null,"id":1}"#)
    #expect(answer.kind == .control)
    #expect(answer.actions == ["acknowledged trades of BTC-USD", "acknowledged trades of ETH-USD"])
    _ = conversation.subscribe([conversation.subscriptions[1]])
    #expect(
      conversation.receive(#"{"error":{"msg":"no such market"},"id":2}"#).actions == [
        "refused trades of ETH-USD: no such market"
      ])
  }

  /// Where the venue confirms nothing, nobody waits for it.
  @Test func withoutConfirmationsAskingIsEnough() throws {
    var conversation = try SpecFile.conversation(
      #"[{"kind": "trades", "symbol": "/s", "price": "/p", "size": "/q", "id": "/t", "time": {"at": "/T", "unit": "s"}}]"#
    )
    #expect(conversation.connect().actions == [#"send {"sub":"BTCUSD"}"#, "acknowledged trades of BTC-USD"])
  }

  // MARK: What comes

  @Test func aTradeKeepsItsDigits() throws {
    var conversation = try Self.bitstamp()
    let reception = conversation.receive(Self.trade())
    #expect(reception.kind == .data)
    let record = try RecordLine.read(try #require(reception.events.first))
    #expect(record.venue == "bitstamp" && record.instrument == "BTC-USD")
    #expect(record.price == "50123.40" && record.size == "0.50000000" && record.tradeID == "310000001")
    #expect(record.side == "buy" && record.eventTime == 1_890_000_000_135_123)
    #expect(try RecordLine.read(conversation.receive(Self.trade(type: "1")).events[0]).side == "sell")
    #expect(try RecordLine.read(conversation.receive(Self.trade(type: "7")).events[0]).side == "unknown")
  }

  @Test func theOrderOfMembersIsOfNoConsequence() throws {
    var conversation = try Self.bitstamp()
    let frame =
      #"{"event":"trade","channel":"live_trades_btcusd","extra":[{"event":"x"},2],"data":{"microtimestamp":"#
      + #""1890000000135123","type":1,"price_str":"1.50","amount_str":"2","id":7,"more":{"id":8}}}"#
    let record = try RecordLine.read(try #require(conversation.receive(frame).events.first))
    #expect(record.price == "1.50" && record.tradeID == "7" && record.side == "sell")
  }

  @Test func escapesAreReadThrough() throws {
    var conversation = try Self.bitstamp()
    let frame = Self.trade().replacing(#""event":"trade""#, with: #""\u0065vent":"tr\u0061de""#)
      .replacing("live_trades_btcusd", with: "live_trades_btc\\u0075sd")
    #expect(conversation.receive(frame).events.count == 1)
  }

  @Test func theBestLevelsAreAQuote() throws {
    var conversation = try Self.bitstamp(trades: [], quotes: ["BTC-USD"])
    func book(bids: String, asks: String) -> String {
      #"{"data":{"timestamp":"1890000000","microtimestamp":"1890000000135123","bids":\#(bids),"asks":\#(asks)},"#
        + #""channel":"order_book_btcusd","event":"data"}"#
    }
    let frame = book(bids: #"[["50123.1","0.5"],["50122","1"]]"#, asks: #"[["50123.9","0.25"]]"#)
    let record = try RecordLine.read(try #require(conversation.receive(frame).events.first))
    #expect(record.bid == "50123.1" && record.bidSize == "0.5" && record.ask == "50123.9" && record.askSize == "0.25")
    // A side that is not there cannot be told from a wrong pointer.
    let error = conversation.receive(book(bids: "[]", asks: #"[["50123.9","0.25"]]"#)).error
    #expect(error?.description == #"missing_field in "bid at /data/bids/0/0""#)
  }

  @Test func controlMessagesAreTold() throws {
    var conversation = try Self.bitstamp()
    conversation.connect()
    let confirmed = conversation.receive(
      #"{"event":"bts:subscription_succeeded","channel":"live_trades_btcusd","data":{}}"#)
    #expect(confirmed.kind == .control && confirmed.actions == ["acknowledged trades of BTC-USD"])
    let refused = conversation.receive(
      #"{"event":"bts:error","channel":"live_trades_ethusd","data":{"code":null,"message":"Bad subscription string."}}"#
    )
    #expect(refused.actions == ["refused trades of ETH-USD: Bad subscription string."])
    let error = conversation.receive(
      #"{"event":"bts:error","channel":"","data":{"code":null,"message":"Incorrect JSON format."}}"#)
    #expect(error.kind == .control && error.actions == ["error: Incorrect JSON format."])
    #expect(
      conversation.receive(#"{"event":"bts:heartbeat","channel":"","data":{"status":"success"}}"#).kind == .control)
    #expect(conversation.receive(#"{"event":"bts:request_reconnect","channel":"","data":""}"#).actions == ["closing"])
    #expect(conversation.receive(#"{"event":"bts:news"}"#).kind == .unknown)
    #expect(conversation.receive("[1,2]").kind == .unknown)
  }

  @Test func tradesOfOtherInstrumentsArePassedOver() throws {
    var conversation = try Self.bitstamp(trades: ["ETH-USD"])
    let reception = conversation.receive(Self.trade())
    #expect(reception.kind == .ignored && reception.events.isEmpty)
  }

  // MARK: Several in one message

  private static let several = """
    [{"kind": "trades", "when": {"/topic": {"prefix": "trades."}}, "items": "/data",
      "symbol": {"at": "/topic", "from": "message", "prefix": "trades.", "suffix": ".SPOT"},
      "price": "/0", "size": "/1", "id": {"at": "/2", "counts": true},
      "side": {"at": "/3/maker", "buy": [true], "sell": [false], "of": "maker"},
      "time": {"at": "/ts", "unit": "ns", "from": "message"}}]
    """

  @Test func anArrayOfTradesIsReadOneByOne() throws {
    var conversation = try SpecFile.conversation(Self.several)
    let frame =
      #"{"ts":1890000000135123456,"topic":"trades.BTCUSD.SPOT","data":[[1.5,"2",11,{"maker":true}],["#
      + #"1.25,3,12,{"maker":false}]]}"#
    let records = try conversation.receive(frame).events.map(RecordLine.read)
    #expect(records.map(\.price) == ["1.5", "1.25"] && records.map(\.tradeID) == ["11", "12"])
    // The maker bought, so the taker sold.
    #expect(records.map(\.side) == ["sell", "buy"])
    #expect(records[0].eventTime == 1_890_000_000_135_123)
    #expect(conversation.receive(frame).duplicates == 2)
    let later = frame.replacing(",11,", with: ",15,").replacing(",12,", with: ",16,")
    #expect(conversation.receive(later).actions == ["missing 2 of test BTC-USD"])
  }

  @Test func anItemThatIsWrongSpoilsTheMessage() throws {
    var conversation = try SpecFile.conversation(Self.several)
    let frame =
      #"{"ts":1890000000135123456,"topic":"trades.BTCUSD.SPOT","data":[[1.5,"2",11,{"maker":true}],[1.25,3,12]]}"#
    let reception = conversation.receive(frame)
    #expect(reception.events.isEmpty)
    #expect(reception.error?.description == #"missing_field in "side at /3/maker""#)
    #expect(
      conversation.receive(#"{"topic":"trades.BTCUSD.SPOT","ts":1,"data":{}}"#).error?.description
        == #"wrong_type in "items at /data""#)
    #expect(
      conversation.receive(#"{"topic":"trades.BTCUSD.PERP","ts":1,"data":[[]]}"#).error?.description
        == #"bad_value in "symbol at /topic""#)
  }

  // MARK: Wrong specs, wrong messages

  /// Each names the field, the pointer and, for a time, how it was read.
  @Test(arguments: [
    (#""/data/price_str""#, #""/data/pric""#, #"missing_field in "price at /data/pric""#),
    (#""/data/price_str""#, #""/data""#, #"bad_number in "price at /data""#),
    (#""/data/price_str""#, #""/event""#, #"bad_number in "price at /event""#),
    (#""/data/amount_str""#, #""/data/volume""#, #"missing_field in "size at /data/volume""#),
    (#""at": "/data/type""#, #""at": "/data/side""#, #"missing_field in "side at /data/side""#),
    (#""/data/id""#, #""/data/trade_id""#, #"missing_field in "id at /data/trade_id""#),
    (#""at": "/channel", "prefix": "live_trades_" }"#, #""at": "/symbol" }"#, #"missing_field in "symbol at /symbol""#),
    (#""prefix": "live_trades_" }"#, #""prefix": "trades_" }"#, #"bad_value in "symbol at /channel""#),
    (#""unit": "us""#, #""unit": "ms""#, #"bad_time in "time at /data/microtimestamp, read as ms""#),
    (#""unit": "us""#, #""unit": "s""#, #"bad_time in "time at /data/microtimestamp, read as s""#),
    (#""unit": "us""#, #""unit": "ns""#, #"bad_time in "time at /data/microtimestamp, read as ns""#),
    (#""unit": "us""#, #""unit": "iso8601""#, #"bad_time in "time at /data/microtimestamp, read as iso8601""#),
  ])
  func aMistakeIsNamedByItsPointer(_ good: String, _ bad: String, _ expected: String) throws {
    let text = try String(contentsOf: SpecFile.examples.appendingPathComponent("bitstamp.json"), encoding: .utf8)
    #expect(text.contains(good))
    let (options, diagnostics) = try SpecFile.load(text: text.replacing(good, with: bad))
    var conversation = SpecFile.conversation(try #require(options, "\(diagnostics)").spec, trades: ["BTC-USD"])
    let reception = conversation.receive(Self.trade())
    #expect(reception.error?.description == expected && reception.events.isEmpty)
  }

  @Test(arguments: BadFrame.badPrices)
  func aPriceThatIsNoneIsRefused(_ price: String) throws {
    var conversation = try Self.bitstamp()
    let error = conversation.receive(Self.trade(price: price)).error
    #expect(error?.description == #"bad_number in "price at /data/price_str""#)
    #expect(conversation.receive(Self.trade()).events.count == 1, "the next good one is read")
  }

  @Test(arguments: BadFrame.malformed)
  func whatIsNoDocumentIsRefused(_ frame: String) throws {
    var conversation = try Self.bitstamp()
    let reception = conversation.receive(frame)
    #expect(reception.error != nil && reception.data.isEmpty)
    #expect(conversation.receive(Self.trade()).data.count == 1)
  }

  @Test(arguments: ["bitstamp", "gemini"], [UInt64](1...2))
  func damageIsSurvived(_ venue: String, seed: UInt64) throws {
    let capture = try String(
      contentsOf: SpecFile.examples.appendingPathComponent("\(venue).capture.jsonl"), encoding: .utf8)
    struct Line: Decodable {
      let venue: String?
      let frame: String?
    }
    let lines = try capture.split(separator: "\n").map { try JSONDecoder().decode(Line.self, from: Data($0.utf8)) }
    let frames = lines.filter { $0.venue == venue }.compactMap(\.frame).map { Array($0.utf8) }
    let now = Timestamp(microseconds: 1_700_000_000_000_000)
    let file = try SpecFile.example(venue)
    var damage = FrameDamage(seed: seed)
    var (conversation, again) = (
      SpecFile.conversation(file, trades: ["BTC-USD"]), SpecFile.conversation(file, trades: ["BTC-USD"])
    )
    for frame in frames {
      for length in 0..<frame.count { #expect(conversation.receive(Array(frame.prefix(length)), at: now).error != nil) }
      #expect(conversation.receive(frame, at: now).error == nil)
    }
    conversation = SpecFile.conversation(file, trades: ["BTC-USD"])
    for _ in 0..<2_000 {
      let frame = damage.damaged(frames)
      let reception = conversation.receive(frame, at: now)
      #expect(reception == again.receive(frame, at: now), "\(String(decoding: frame, as: UTF8.self))")
      if reception.kind != .data { #expect(reception.data.isEmpty) }
    }
  }
}
