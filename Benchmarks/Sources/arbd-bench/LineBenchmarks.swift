import ArbdFramework

/// A file's lines → events, as a replay reads them.
enum LineBenchmarks {
  private static let count = 8_192

  static var all: [Benchmark] {
    [
      bare("record line → event") { records() },
      .passes("record line → event", "JSONDecoder", role: .foundation, unit: "line") {
        FoundationReading.records(records())
      },
      .passes("record line → event", "RecordDecoder", unit: "line", isOnEventPath: true) {
        decodeRecords()
      },
      bare("capture line → event") { captureLines() },
      .passes("capture line → event", "JSONDecoder", role: .foundation, unit: "line") {
        FoundationReading.capture(captureLines())
      },
      .passes("capture line → event", "CaptureDecoder", unit: "line", isOnEventPath: true) {
        decodeCapture(captureLines())
      },
      .passes(
        "capture line → event", "CaptureDecoder, two venues in turn", unit: "line", isOnEventPath: true
      ) {
        decodeCapture(captureLines(["coinbase", "binance"]))
      },
    ]
  }

  private static func bare(_ group: String, _ lines: @escaping () -> Lines) -> Benchmark {
    .passes(group, "bare scan", role: .bare, unit: "line") {
      let lines = lines()
      return Pass(operations: count) { lines.scan() }
    }
  }

  private static func records() -> Lines {
    var tape = Tape(MadeUpMarkets(instruments: 20, venues: 5), rate: 1_000)
    var lines = Lines()
    for _ in 0..<count {
      lines.bytes.append(tradeOf: &tape)
      lines.end()
    }
    return lines
  }

  private static func captureLines(_ venues: [String] = ["binance"]) -> Lines {
    var tape = FrameTape(.binanceStreamTrade)
    var lines = Lines()
    for number in 0..<count {
      let time = FrameTape.start + Int64(number) * 1_000
      lines.bytes.append(captureLineOf: tape.next(at: time), venue: venues[number % venues.count], at: time)
      lines.end()
    }
    return lines
  }

  private static func decodeRecords() -> Pass {
    let lines = records()
    var decoder = RecordDecoder(markets: MarketTable())
    return Pass(operations: count) {
      let bytes = lines.bytes.span.bytes
      var sum: Int64 = 0
      for range in lines.ranges {
        do throws(LineError) {
          sum &+= try decoder.decode(bytes.extracting(range)).receiveTime.microseconds
        } catch {
          fatalError("\(error)")
        }
      }
      return Int(sum)
    }
  }

  private static func decodeCapture(_ lines: Lines) -> Pass {
    var decoder = CaptureDecoder(markets: MarketTable()) { _, _ in ConnectionID(index: 0) }
    var batch = InputBatch()
    return Pass(operations: count) {
      let bytes = lines.bytes.span.bytes
      for range in lines.ranges {
        do throws(LineError) {
          try decoder.decode(bytes.extracting(range), into: &batch)
        } catch {
          fatalError("\(error)")
        }
        if batch.events.count == InputBatch.usualCount { batch.removeAll() }
      }
      return batch.events.count
    }
  }
}

extension [UInt8] {
  /// The tape's next trade as a record.
  mutating func append(tradeOf tape: inout Tape) {
    let trade = tape.nextTrade()
    append(trade: trade, at: tape.markets.market(Int(trade.market.index)))
  }

  /// A frame as a capture holds it.
  mutating func append(captureLineOf frame: String, venue: String, at microseconds: Int64) {
    append("{\"receive_time_us\":")
    append(integer: microseconds)
    append(",\"venue\":")
    append(jsonString: venue)
    append(",\"connection\":0,\"frame\":")
    append(jsonString: frame)
    append("}")
  }
}
