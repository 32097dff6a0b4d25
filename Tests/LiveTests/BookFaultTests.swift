import ArbdSimulator
import Testing

@testable import ArbdFramework

/// What goes wrong with order books, at each venue: afterwards arbd's are the venue's own again, level by level.
@Suite struct BookFaultTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let venue: VenueKind
    let fault: String
    /// What the log says when the fault has been noticed.
    let notice: String

    init(_ venue: VenueKind, _ fault: String, _ notice: String) {
      (self.venue, self.fault, self.notice) = (venue, fault, notice)
    }

    var testDescription: String { "\(venue.rawValue) \(fault)" }
  }

  private static let numbered: [VenueKind] = [.binance, .okx, .bybit]

  static let cases: [Case] =
    numbered.flatMap { venue in
      [
        Case(venue, "lose-updates 5", "resynchronising: updates are missing"),
        Case(venue, "reorder-updates 1", "resynchronising: updates are missing"),
        Case(venue, "mute 400ms", "resynchronising: updates are missing"),
      ]
    } + [
      Case(.kraken, "lose-updates 5", "resynchronising: the checksum differs"),
      Case(.kraken, "wrong-checksum 1", "resynchronising: the checksum differs"),
      Case(.coinbaseAdvanced, "lose-updates 5", "resynchronising: a message is missing"),
      Case(.coinbaseAdvanced, "reorder-updates 1", "resynchronising: a message is missing"),
    ]
    + VenueKind.allCases.map { Case($0, "drop", "down: the connection broke") }

  private static func instruments(_ venue: VenueKind) -> [Instrument] { Array(venue.defaultInstruments.prefix(2)) }

  /// Books alone, whose quotes come from them.
  private static func trial(
    _ venue: VenueKind, _ faults: [String] = [], _ capture: BookCapture
  ) throws -> LiveTrial {
    try LiveTrial(
      faults, venues: [(venue, instruments(venue))], channels: [.book], rates: .init(trades: 20, quotes: 40),
      policy: ConnectionPolicy.patient, source: capture.record)
  }

  private static func waitForQuotes(_ trial: LiveTrial, _ venue: VenueKind, _ count: Int = 60) async throws {
    let before = trial.records.quotes(at: venue.rawValue).count
    try await trial.wait("quotes") { trial.records.quotes(at: venue.rawValue).count >= before + count }
  }

  /// Stops the venue, and the run, and compares.
  private static func compare(_ trial: LiveTrial, _ capture: BookCapture) async throws -> RunSummary {
    let expected = try await trial.waitForHalt(capture.venue, capture.instruments)
    let (_, summary) = await trial.end()
    for (place, book) in try capture.books().enumerated() {
      let book = try #require(book, "\(trial.log.all)")
      let market = SimulatedMarket(venue: capture.venue, instrument: capture.instruments[place])
      for side in BookSide.allCases {
        #expect(book.count(side) >= 50)
        #expect(book.levels(side) == expected[place].levels(side, atMost: book.count(side), of: market))
      }
    }
    return summary
  }

  @Test(arguments: cases) func theBookIsTheVenuesAgain(_ example: Case) async throws {
    let venue = example.venue.rawValue
    let capture = try BookCapture(example.venue, Self.instruments(example.venue))
    let trial = try Self.trial(example.venue, [], capture)
    try await Self.waitForQuotes(trial, example.venue)
    try trial.inject("\(venue) \(example.fault)")
    try await trial.waitForLog(venue, example.notice)
    try await Self.waitForQuotes(trial, example.venue)
    let summary = try await Self.compare(trial, capture)
    let counts = try #require(summary.venues[venue])
    #expect(counts.gaps >= (example.fault == "drop" ? 0 : 1), "\(counts)")
    #expect(counts.badLevels == 0 && counts.frames.undecodable == 0, "\(counts)")
  }

  /// What the venue tells twice is taken once; only where it numbers its messages one by one it looks like a loss.
  @Test(arguments: VenueKind.allCases) func repeatedUpdatesDoNoHarm(_ venue: VenueKind) async throws {
    let capture = try BookCapture(venue, Self.instruments(venue))
    let trial = try Self.trial(venue, [], capture)
    try await Self.waitForQuotes(trial, venue)
    try trial.inject("\(venue.rawValue) repeat-updates 20")
    try await Self.waitForQuotes(trial, venue)
    let summary = try await Self.compare(trial, capture)
    let counts = try #require(summary.venues[venue.rawValue])
    #expect(counts.connects == 1 && (counts.gaps == 0) == (venue != .coinbaseAdvanced), "\(counts)")
  }

  /// The first snapshot of one of two books does not come: the other one is there, and the one is asked for again.
  @Test(arguments: VenueKind.allCases) func aSnapshotThatNeverComesIsAskedForAgain(_ venue: VenueKind) async throws {
    let capture = try BookCapture(venue, Self.instruments(venue))
    let trial = try Self.trial(venue, ["\(venue.rawValue) no-snapshot"], capture)
    try await trial.waitForLog("resynchronising: no snapshot")
    try await Self.waitForQuotes(trial, venue)
    let summary = try await Self.compare(trial, capture)
    #expect(summary.venues[venue.rawValue]?.connects == 1)
    #expect(summary.venues[venue.rawValue]?.gaps == 1)
  }
}
