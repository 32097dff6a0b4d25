import Testing

@testable import ArbdFramework

@Suite struct CaptureDecoderTests {
  @Test func readsEveryKindOfEvent() throws {
    let capture = Capture()
    let events = try capture.decode(
      #"{"receive_time_us":1,"venue":"binance","connection":0,"event":"connected"}"#,
      #"{"receive_time_us":2,"venue":"binance","connection":0,"frame":"{\"p\":\"1.5\"}"}"#,
      #"{"receive_time_us":3,"event":"tick"}"#,
      #"{"receive_time_us":4,"venue":"binance","connection":1,"frame":""}"#,
      #"{"receive_time_us":5,"venue":"kraken","frame":"é\n\ud83d\ude00"}"#,
      #"{"receive_time_us":6,"venue":"binance","connection":0,"event":"response","request":7,"status":503,"body":"no\t"}"#,
      #"{"receive_time_us":6,"venue":"binance","connection":0,"event":"response","request":8,"body":"[]"}"#,
      #"{"receive_time_us":7,"venue":"binance","connection":0,"event":"status","instrument":"BTC-USDT","state":"stale","reason":"silent"}"#,
      #"{"receive_time_us":8,"venue":"binance","connection":1,"event":"status","state":"live"}"#,
      #"{"receive_time_us":-9,"venue":"binance","connection":0,"event":"disconnected","reason":"EOF"}"#,
      #"{"receive_time_us":9,"venue":"binance","connection":0,"event":"disconnected"}"#)
    #expect(
      events == [
        "connected 0 at 1", #"frame 0 {"p":"1.5"} at 2"#, "tick at 3", "frame 1  at 4", "frame 2 é\n😀 at 5",
        "response 0 7 503 no\t at 6", "response 0 8 200 [] at 6",
        "status 0 binance BTC-USDT stale silent at 7",
        "status 1 - live  at 8", "disconnected 0 EOF at -9", "disconnected 0  at 9",
      ])
    #expect(capture.opened.value == ["binance 0", "binance 1", "kraken 0"])
  }

  @Test func aConnectionIsOpenedOnceHoweverItIsWritten() throws {
    let capture = Capture()
    let lines = [
      #"{"receive_time_us":1,"venue":"binance","connection":3,"frame":"a"}"#,
      #"{"receive_time_us":1,"venue":"bin\u0061nce","connection":3,"frame":"b"}"#,
      #"{"frame":"c","unknown":{"a":[1]},"connection":3,"venue":"binance","receive_time_us":1}"#,
    ]
    #expect(
      try capture.decode(lines[0], lines[1], lines[2]).map { $0.prefix(9) } == [
        "frame 0 a", "frame 0 b", "frame 0 c",
      ])
    #expect(capture.opened.value == ["binance 3"])
  }

  @Test(arguments: VenueStatus.State.allCases)
  func readsEveryState(_ state: VenueStatus.State) throws {
    let line = #"{"receive_time_us":1,"venue":"v","event":"status","state":"\#(state.rawValue)"}"#
    #expect(try Capture().decode(line) == ["status 0 - \(state.rawValue)  at 1"])
  }

  @Test(
    arguments: [
      (#"{"venue":"v","frame":"x"}"#, .missing("receive_time_us")),
      (#"{"receive_time_us":9007199254740992,"event":"tick"}"#, .badTime("receive_time_us")),
      (#"{"receive_time_us":1,"venue":"v"}"#, .missing("frame")),
      (#"{"receive_time_us":1,"frame":"x"}"#, .missing("venue")),
      (#"{"receive_time_us":1,"event":"connected"}"#, .missing("venue")),
      (#"{"receive_time_us":1,"event":"disconnected"}"#, .missing("venue")),
      (#"{"receive_time_us":1,"event":"status","state":"live"}"#, .missing("venue")),
      (#"{"receive_time_us":1,"venue":"v","event":"status"}"#, .missing("state")),
      (#"{"receive_time_us":1,"venue":"v","event":"status","state":"asleep"}"#, .unknownState("asleep")),
      (
        #"{"receive_time_us":1,"venue":"v","event":"status","state":"live","instrument":"BTC"}"#,
        .badInstrument("BTC")
      ),
      (#"{"receive_time_us":1,"venue":"v","event":"response","request":1}"#, .missing("body")),
      (#"{"receive_time_us":1,"venue":"v","event":"response","body":""}"#, .missing("request")),
      (#"{"receive_time_us":1,"event":"response","request":1,"body":""}"#, .missing("venue")),
      (#"{"receive_time_us":1,"venue":"v","event":"Tick"}"#, .unknownEvent("Tick")),
      (#"{"receive_time_us":1,"event":""}"#, .unknownEvent("")),
      (#"{"receive_time_us":"1","event":"tick"}"#, .json(JSONError(.wrongType, at: 19))),
      (#"{"receive_time_us":1,"venue":2,"frame":"x"}"#, .json(JSONError(.wrongType, at: 29))),
      (#"{"receive_time_us":1,"frame":{}}"#, .json(JSONError(.wrongType, at: 29))),
      (#"{"receive_time_us":1,"event":null}"#, .json(JSONError(.wrongType, at: 29))),
      (#"{"receive_time_us":1,"connection":0.5}"#, .json(JSONError(.numberOutOfRange, at: 34))),
      (#"{"receive_time_us":1,"frame":"\x"}"#, .json(JSONError(.invalidEscape, at: 30))),
      (#"[]"#, .json(JSONError(.wrongType, at: 0))),
      ("", .json(JSONError(.unexpectedEnd, at: 0))),
    ] as [(String, LineError)])
  func saysWhatIsWrongWithALine(_ line: String, _ error: LineError) {
    #expect(throws: error) { try Capture().decode(line) }
  }

  @Test func framesReadBackTheSame() throws {
    var random = SeededRandom(seed: 9)
    for _ in 0..<300 {
      let frame = random.jsonDocument(depth: 2)
      var line = Array(#"{"receive_time_us":1,"venue":"v","frame":"#.utf8)
      line.append(jsonString: String(decoding: frame, as: UTF8.self))
      line.append("}")
      let text = String(decoding: frame, as: UTF8.self)
      #expect(try Capture().decode(String(decoding: line, as: UTF8.self)) == ["frame 0 \(text) at 1"])
    }
  }
}

/// Lines of a capture as words.
private struct Capture {
  final class Opened {
    var value: [String] = []
  }

  let markets = MarketTable()
  let opened = Opened()

  func decode(_ lines: String...) throws(LineError) -> [String] {
    var decoder = CaptureDecoder(markets: markets) { [opened] venue, number in
      opened.value.append("\(venue) \(number)")
      return ConnectionID(index: Int32(opened.value.count - 1))
    }
    var batch = InputBatch()
    for line in lines {
      let bytes = Array(line.utf8)
      try decoder.decode(bytes.span.bytes, into: &batch)
    }
    return batch.events.map { "\(words(of: $0, batch)) at \($0.receiveTime.microseconds)" }
  }

  private func words(of event: InputEvent, _ batch: InputBatch) -> String {
    switch event {
    case .record: "record"
    case .frame(let connection, let frame, _): "frame \(connection.index) \(batch.text(frame))"
    case .binaryFrame(let connection, let count, _): "binary \(connection.index) \(count)"
    case .connected(let connection, _): "connected \(connection.index)"
    case .disconnected(let connection, let reason, _):
      "disconnected \(connection.index) \(batch.text(reason))"
    case .status(let connection, let market, let channel, let state, let reason, _):
      "status \(connection.index) \(market.map { markets[$0].description } ?? "-") "
        + "\(channel.map { "\($0.rawValue) " } ?? "")\(state.rawValue) \(batch.text(reason))"
    case .response(let connection, let request, let status, let body, _):
      "response \(connection.index) \(request) \(status) \(batch.text(body))"
    case .tick: "tick"
    case .alert, .released, .resumed, .rebuilt: "no event of a capture"
    }
  }
}
