/// The instruments that a venue lists, as of one answer.
struct InstrumentList: Sendable {
  private let listings: [Instrument: InstrumentListing]

  /// Of several listings of one instrument, one that is traded counts.
  init(_ listings: [InstrumentListing]) {
    self.listings = Dictionary(listings.map { ($0.instrument, $0) }) { $0.status == .trading ? $0 : $1 }
  }

  var count: Int { listings.count }
  var isEmpty: Bool { listings.isEmpty }

  subscript(instrument: Instrument) -> InstrumentListing? { listings[instrument] }

  func unlisted(among wanted: [Instrument]) -> [Instrument] { wanted.filter { listings[$0] == nil } }

  /// Up to three that may have been meant: of the same base first, then those that are spelt alike.
  func near(_ instrument: Instrument) -> [Instrument] {
    let letters = Array(instrument.description)
    func distance(_ other: Instrument) -> Int { Spelling.distance(letters, Array(other.description)) }
    let sameBase = listings.keys.filter { $0.base == instrument.base }.map { ($0, distance($0)) }
    let sameQuote = listings.keys.filter { $0.quote == instrument.quote && $0.base != instrument.base }
      .map { ($0, distance($0)) }.filter { $0.1 <= max(1, instrument.base.count / 3) }
    func sorted(_ found: [(Instrument, Int)]) -> [Instrument] {
      found.sorted { ($0.1, $0.0.description) < ($1.1, $1.0.description) }.map(\.0)
    }
    return Array((sorted(sameQuote).prefix(1) + sorted(sameBase)).prefix(3))
  }

  /// `kraken does not list BTC-USDD; near: BTC-USD, BTC-USDT`
  func complaint(about instrument: Instrument, at venue: String) -> String {
    let near = near(instrument).map(\.description).joined(separator: ", ")
    return "\(venue) does not list \(instrument)" + (near.isEmpty ? "" : "; near: \(near)")
  }

  // MARK: Changes

  /// What is different for one instrument since an earlier list.
  enum Change: Sendable, Equatable {
    case listed(Instrument)
    case delisted(Instrument)
    /// With the venue's word for it.
    case halted(Instrument, String)
    case resumed(Instrument)
  }

  /// In the order of the instruments' names.
  func changes(since old: InstrumentList) -> [Change] {
    Set(listings.keys).union(old.listings.keys).sorted().compactMap { instrument in
      switch (old.listings[instrument]?.status, listings[instrument]?.status) {
      case (nil, .some): .listed(instrument)
      case (.some, nil): .delisted(instrument)
      case (.trading, .halted(let word)): .halted(instrument, word)
      case (.halted, .trading): .resumed(instrument)
      default: nil
      }
    }
  }
}
