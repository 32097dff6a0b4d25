@_spi(Fuzzing) internal import ArbdFramework

/// What the records say.
extension Examination {
  func checkExpectedRecords() throws(Finding) -> String {
    guard let expected = wishes.expected else { throw .unknown("none were given") }
    var place = 0
    for played in outcomes {
      for line in lines(of: played.step) {
        guard place < expected.count else {
          throw .wrong("one more than expected: \(line)", line: played.entry.line)
        }
        guard line == expected[place] else {
          throw .wrong("gives \(line) instead of \(expected[place])", line: played.entry.line)
        }
        place += 1
      }
    }
    guard place == expected.count else { throw .wrong("this never comes: \(expected[place])") }
    return "\(place)"
  }

  private func lines(of step: SessionTrial.Step) -> [String] {
    let trades = step.trades.map { trade in
      var line: [UInt8] = []
      line.append(trade: trade, at: markets[trade.market])
      return String(decoding: line, as: UTF8.self)
    }
    let quotes = step.quotes.map { quote in
      var line: [UInt8] = []
      line.append(quote: quote, at: markets[quote.market])
      return String(decoding: line, as: UTF8.self)
    }
    return trades + quotes
  }

  func checkTimes() throws(Finding) -> String {
    var lags = LagCheck()
    for played in outcomes {
      let trades = played.step.trades.map { ($0.eventTime, $0.receiveTime) }
      for (event, receive) in trades + played.step.quotes.map({ ($0.eventTime, $0.receiveTime) }) {
        guard receive == played.entry.time else {
          throw .wrong(
            "its records were received at \(receive) instead of \(played.entry.time)", line: played.entry.line)
        }
        do throws(LagCheck.Fault) {
          try lags.note(event, receive)
        } catch {
          throw .wrong(error.text, line: played.entry.line, frame: played.entry.frame)
        }
      }
    }
    return try lags.result()
  }

  func checkHistory() throws(Finding) -> String {
    var count = 0
    for connection in baseline {
      var start: Timestamp?
      for played in connection {
        if case .connected = played.entry.kind { start = played.entry.time }
        guard let begin = start ?? connection.first?.entry.time else { continue }
        for trade in played.step.trades {
          count += 1
          let before = begin.microseconds - trade.eventTime.microseconds
          guard before < 5_000_000 else {
            throw .wrong(
              "a trade of \(before / 1_000) ms before the connection is taken for news", line: played.entry.line,
              frame: played.entry.frame)
          }
        }
      }
    }
    guard count > 0 else { throw .unknown("the recording holds no trade") }
    return "none of \(count) trades is older than its connection"
  }

  func checkDecimals() throws(Finding) -> String {
    struct Digits: Hashable {
      let mantissa: Int64
      let exponent: Int8

      init(_ decimal: ExactDecimal) { (mantissa, exponent) = (decimal.mantissa, decimal.exponent) }
    }
    var count = 0
    for connection in baseline {
      var seen: Set<Digits> = []
      for played in connection {
        let text: [UInt8]? =
          switch played.entry.kind {
          case .frame(let bytes): bytes
          case .response(_, _, let body): body
          default: nil
          }
        if let text { seen.formUnion(FrameText(text).decimals.map { Digits($0) }) }
        let quantities =
          played.step.trades.flatMap { [$0.price, $0.size] }
          + played.step.quotes.flatMap { [$0.bid, $0.bidSize, $0.ask, $0.askSize] }
        for quantity in quantities where !quantity.isMissing {
          count += 1
          guard let exact = quantity.exact else {
            throw .wrong("\(quantity.value) has lost its digits", line: played.entry.line, frame: played.entry.frame)
          }
          guard seen.contains(Digits(exact)) else {
            throw .wrong(
              "\(exact) stands in no frame with these digits", line: played.entry.line, frame: played.entry.frame)
          }
        }
      }
    }
    guard count > 0 else { throw .unknown("nothing comes out of the recording") }
    return "\(count) prices and sizes digit for digit"
  }

  /// The taker of a trade at the ask has bought. Needs quotes or a book in the same recording.
  func checkSides() throws(Finding) -> String {
    var (agree, disagree) = (0, 0)
    for connection in baseline {
      var quotes: [MarketID: Quote] = [:]
      for played in connection {
        for trade in played.step.trades where trade.side != .unknown {
          guard let quote = quotes[trade.market], quote.bid.value < quote.ask.value else { continue }
          let side: Side? =
            trade.price.value >= quote.ask.value ? .buy : trade.price.value <= quote.bid.value ? .sell : nil
          guard let side else { continue }
          if side == trade.side { agree += 1 } else { disagree += 1 }
        }
        for told in played.step.told { quotes[told.market] = told.quote }
      }
    }
    let count = agree + disagree
    guard count >= 10 else { throw .unknown("\(count) trades at a known bid or ask; ten are needed") }
    let share = "\(agree) of \(count) trades at the ask were bought, or at the bid sold"
    if disagree * 5 >= count * 4 { throw .wrong("\(share): is it the maker's side?") }
    guard agree * 10 >= count * 7 else { throw .unknown(share) }
    return share
  }
}
