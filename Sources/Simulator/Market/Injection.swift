package import ArbdFramework

/// A price difference that the simulator makes on purpose, for a while.
package struct Injection: Sendable, Equatable {
  package enum Kind: Sendable, Equatable {
    /// The asset is dearer at the one venue than at the other, in all its markets there: no triangle comes of it.
    case spread(base: String, sell: VenueKind, buy: VenueKind)
    /// One market of the venue is out of line with the others.
    case triangle(venue: VenueKind, instrument: Instrument)
  }

  package let kind: Kind
  /// Nanoseconds since the start of the simulation.
  package let start: Int64
  package let duration: Int64
  /// Between the middles of the books. A triangle's may be negative.
  package let bps: Double

  package var end: Int64 { start + duration }

  package init(kind: Kind, start: Duration, duration: Duration, bps: Double) {
    self.init(kind: kind, startNanoseconds: start.wholeNanoseconds, nanoseconds: duration.wholeNanoseconds, bps: bps)
  }

  init(kind: Kind, startNanoseconds: Int64, nanoseconds: Int64, bps: Double) {
    self.kind = kind
    start = startNanoseconds
    duration = nanoseconds
    self.bps = bps
  }

  /// Reads `10s spread BTC coinbase binance 80bps 5s` (after ten seconds, for five, BTC is sold at the first venue for
  /// 80 basis points more than it is bought for at the second) or `20s triangle binance ETH-BTC 40bps 5s`.
  package init(_ text: String) throws(ScenarioError) {
    let words = text.split(separator: " ").map(String.init)
    guard words.count >= 2 else { throw Injection.grammar(text) }
    let start = try words[0].scenarioDuration()
    switch (words[1], words.count) {
    case ("spread", 7):
      let (sell, buy) = (try words[3].scenarioVenue(), try words[4].scenarioVenue())
      guard sell != buy else { throw ScenarioError("\"\(text)\": a spread needs two venues") }
      let bps = try Injection.basisPoints(words[5])
      guard bps > 0 else { throw ScenarioError("\"\(text)\": a spread is above 0 bps; swap the venues") }
      self.init(
        kind: .spread(base: words[2], sell: sell, buy: buy), start: start,
        duration: try words[6].scenarioDuration(), bps: bps)
    case ("triangle", 6):
      guard let instrument = Instrument(words[3]) else {
        throw ScenarioError("\"\(words[3])\" is no instrument such as ETH-BTC")
      }
      self.init(
        kind: .triangle(venue: try words[2].scenarioVenue(), instrument: instrument), start: start,
        duration: try words[5].scenarioDuration(), bps: try Injection.basisPoints(words[4]))
    default: throw Injection.grammar(text)
    }
  }

  private static func grammar(_ text: String) -> ScenarioError {
    ScenarioError(
      "\"\(text)\" is neither \"AT spread BASE SELL-VENUE BUY-VENUE BPS DURATION\" nor "
        + "\"AT triangle VENUE BASE-QUOTE BPS DURATION\"")
  }

  private static func basisPoints(_ text: String) throws(ScenarioError) -> Double {
    guard let number = Double(text.hasSuffix("bps") ? String(text.dropLast(3)) : text), abs(number) <= 5_000 else {
      throw ScenarioError("\"\(text)\" is no number of basis points, as in 80bps; at most 5000")
    }
    return number
  }
}

extension String {
  func scenarioDuration() throws(ScenarioError) -> Duration {
    guard let duration = Duration(configurationText: self) else {
      throw ScenarioError("\"\(self)\" is no duration such as 500ms, 10s or 1h")
    }
    return duration
  }

  func scenarioVenue() throws(ScenarioError) -> VenueKind {
    guard let venue = VenueKind(rawValue: self) else {
      let known = VenueKind.allCases.map(\.rawValue).joined(separator: ", ")
      throw ScenarioError("\"\(self)\" is no venue of the simulator: \(known)")
    }
    return venue
  }
}

extension Duration {
  /// The largest there is where it is longer than that: 292 years.
  var wholeNanoseconds: Int64 {
    let (seconds, attoseconds) = components
    let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    let (sum, carry) = product.addingReportingOverflow(attoseconds / 1_000_000_000)
    return overflow || carry ? (seconds < 0 ? .min : .max) : sum
  }
}
