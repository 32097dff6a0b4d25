import ArbdFramework

extension [Record] {
  /// Each as a line of `docs/formats.md`.
  var lines: [UInt8] {
    var lines: [UInt8] = []
    for record in self {
      switch record {
      case .alert(let alert): lines.append(alert: alert)
      case .trade(let trade, let market): lines.append(trade: trade, at: market)
      case .quote(let quote, let market): lines.append(quote: quote, at: market)
      case .window(let summary): lines.append(window: summary)
      case .status: continue
      }
      lines.append(UInt8(ascii: "\n"))
    }
    return lines
  }
}
