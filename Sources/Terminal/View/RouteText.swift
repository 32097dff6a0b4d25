/// A route on one line, as fully as there is room for.
enum RouteText {
  /// From the fullest to the shortest; a number is whole wherever it stands.
  static func variants(_ legs: [LegRow], isASCII: Bool, price: (LegRow) -> String) -> [Line] {
    let arrow = isASCII ? " -> " : " → "
    func line(_ part: (LegRow) -> [Span], _ joint: String = arrow) -> Line {
      var line = Line()
      for (place, leg) in legs.enumerated() {
        if place > 0 { line.spans.append(Span(joint, .quiet)) }
        line.spans += part(leg)
      }
      return line
    }
    let full = line { leg in
      [
        Span(leg.buys ? "buy " : "sell ", .quiet), Span("\(leg.venue) \(leg.instrument) "),
        Span(price(leg), .strong),
      ]
    }
    let isPair = legs.count == 2
    let plain = line { leg in
      [
        Span(leg.buys ? "buy " : "sell ", .quiet), Span("\(isPair ? leg.venue : leg.instrument) "),
        Span(price(leg), .strong),
      ]
    }
    let short = line(
      { leg in
        [Span("\(isPair ? leg.venue : leg.instrument) "), Span(price(leg), .strong)]
      }, isASCII ? ">" : "→")
    let names = line({ leg in [Span(isPair ? leg.venue : leg.instrument)] }, isASCII ? ">" : "→")
    guard !isPair, let venue = legs.first?.venue, legs.allSatisfy({ $0.venue == venue }) else {
      return isPair ? [full, plain, short, names] : [full, short, names]
    }
    let place = Line(venue + ": ")
    let path = Line(path(legs).joined(separator: isASCII ? ">" : "→"))
    return [full, place + plain, place + short, place + names, place + path, path]
  }

  /// The assets that one holds in turn: `USDT`, `ETH`, `BTC`, `USDT`.
  private static func path(_ legs: [LegRow]) -> [String] {
    var assets: [String] = []
    for leg in legs {
      let sides = leg.instrument.split(separator: "-", maxSplits: 1).map(String.init)
      guard sides.count == 2 else { return legs.map(\.instrument) }
      if assets.isEmpty { assets.append(leg.buys ? sides[1] : sides[0]) }
      assets.append(leg.buys ? sides[0] : sides[1])
    }
    return assets
  }

  /// The fullest that has room; the shortest where none has.
  static func fitting(_ legs: [LegRow], in room: Int, isASCII: Bool, price: (LegRow) -> String) -> Line {
    let variants = variants(legs, isASCII: isASCII, price: price)
    return variants.first { $0.width <= room } ?? variants.last ?? Line()
  }
}
