/// For sinks that write many records: each is looked at where it is, as a copy would cost as much as its line.
extension UnsafePointer<Record> {
  /// What is said of which market; nil for what is neither a trade nor a quote.
  package var marketData: (kind: Record.Kind, market: MarketID)? {
    switch pointee {
    case .trade(let trade, _): (.trade, trade.market)
    case .quote(let quote, _): (.quote, quote.market)
    case .alert, .window, .status: nil
    }
  }

  /// Bytes that `writeLine` can need.
  package static var longestLine: Int { RawLine.longestRecord }

  /// Writes the line of a trade or a quote behind its start, which is the market's; gives its length.
  package func writeLine(into memory: UnsafeMutableRawBufferPointer) -> Int {
    var line = RawLine(memory)
    switch pointee {
    case .trade(let trade, _): line.put(fieldsOf: trade)
    case .quote(let quote, _): line.put(fieldsOf: quote)
    case .alert, .window, .status: break
    }
    return line.count
  }
}
