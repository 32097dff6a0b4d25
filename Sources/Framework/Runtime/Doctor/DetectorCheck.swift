/// Whether every venue that a detector names has a source for the detector's markets.
struct DetectorCheck {
  /// What the sources bring that say so before they run.
  let provided: [ProvidedMarket]
  /// The names of those that do not.
  let others: [String]

  func finding(_ subject: String, _ detector: any Detector) -> Finding {
    let evaluation = detector.makeEvaluation(fees: FeeSchedule())
    let wanted: Channel = detector.settings.input == .trades ? .trades : .quotes
    // Admitted once each, as in a run.
    var seen: Set<Market> = []
    let members = provided.filter { $0.channel == wanted && seen.insert($0.market).inserted }
      .map(\.market).filter { evaluation.admit($0) }
    let missing = detector.venues.filter { venue in !members.contains { $0.venue == venue } }
    if missing.isEmpty {
      let names = members.prefix(4).map(\.description).joined(separator: ", ")
      let more = members.count > 4 ? " and \(members.count - 4) more" : ""
      return Finding(subject, "markets", .good, "\(wanted.rawValue) of \(names)\(more)")
    }
    let venues = missing.joined(separator: ", ")
    guard others.isEmpty else {
      return Finding(
        subject, "markets", .unknown,
        "whether \(wanted.rawValue) at \(venues) come is told by running \(others.joined(separator: ", "))")
    }
    return Finding(
      subject, "markets", .failed, "no source brings \(wanted.rawValue) of a market of this detector at \(venues)")
  }
}
