import ArbdSimulator
import Testing

@testable import ArbdFramework

/// All venues at once, on all channels, read by arbd's own adapters.
@Suite struct VenueTests {
  @Test func everyVenueGivesTradesQuotesAndAlerts() async throws {
    let venues = VenueKind.allCases.map { (kind: $0, instruments: Array($0.defaultInstruments.prefix(2))) }
    let trial = try LiveTrial(
      venues: venues, channels: Channel.allCases, rates: .init(trades: 20, quotes: 20), policy: ConnectionPolicy.patient
    )
    for (venue, instruments) in venues {
      let name = venue.rawValue
      try await trial.waitForLog("\(name) connection", ": live")
      try await trial.wait("trades and quotes at \(name)") {
        let records = trial.records
        return records.trades(at: name).count >= 40 && records.quotes(at: name).count >= 40
          && instruments.allSatisfy { records.lastQuote(of: Market(venue: name, instrument: $0)) != nil }
      }
    }
    try await trial.waitForAlerts()
    let (_, summary) = await trial.end()
    for venue in venues {
      let counts = try #require(summary.venues[venue.kind.rawValue])
      #expect(
        counts.connects == 1 && counts.refused == 0 && counts.gaps == 0 && counts.missing == counts.recovered,
        "\(counts)")
      #expect(counts.frames.undecodable == 0 && counts.badLevels == 0 && counts.bookUpdates > 20, "\(counts)")
      #expect(counts.acknowledged >= 6, "\(counts)")
    }
  }
}
