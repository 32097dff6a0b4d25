/// What is offered of each venue, within which limits, and when that was last compared with the venue's documentation.
public struct VenueTable: Sendable {
  private let venues: [VenueDescriptor]

  /// Adapters without channels speak for venues that a configuration names.
  public init(_ venues: [VenueDescriptor]) { self.venues = venues.filter { !$0.channels.isEmpty } }

  private static let head = [
    "venue", "trades", "quotes", "book", "streams a connection", "messages", "attempts to connect", "checked",
  ]

  private var rows: [[String]] {
    venues.map { venue in
      let messages = ["1 in \(venue.messageInterval.words)"] + venue.messageLimits.map { "\($0.words) an address" }
      let lifetime = venue.connectionLifetime.map { ", for \($0.words)" } ?? ""
      return [venue.id] + Channel.allCases.map { venue.feeds[$0] ?? "–" }
        + [
          "\(venue.streamsPerConnection)\(lifetime)", messages.joined(separator: ", "),
          venue.attemptLimits.isEmpty ? "no limit known" : venue.attemptLimits.map(\.words).joined(separator: ", "),
          venue.checked,
        ]
    }
  }

  /// Columns lined up with blanks, a line for each venue behind one of heads.
  public var plainText: String {
    let table = [VenueTable.head] + rows
    let widths = VenueTable.head.indices.map { column in table.map { $0[column].count }.max() ?? 0 }
    return table.map { row in
      let cells = zip(row, widths).map { cell, width in cell + String(repeating: " ", count: width - cell.count) }
      return cells.joined(separator: "  ").trimmingTrailingBlanks + "\n"
    }.joined()
  }

  /// The same as Markdown; venues are links to their documentation.
  public var markdown: String {
    let body = zip(venues, rows).map { venue, row in
      let cells = row.enumerated().map { column, cell in
        switch column {
        case 0: "[`\(cell)`](\(venue.documentation))"
        case 1...3: cell == "–" ? cell : "`\(cell)`"
        default: cell
        }
      }
      return "| \(cells.joined(separator: " | ")) |\n"
    }
    let rule = VenueTable.head.map { _ in "---" }.joined(separator: " | ")
    return "| \(VenueTable.head.joined(separator: " | ")) |\n| \(rule) |\n" + body.joined()
  }
}

extension RateLimit {
  /// `300 in 5 min`
  fileprivate var words: String { "\(count) in \(window.words)" }
}

extension Duration {
  /// In the largest unit that gives a whole number: `300 ms`, `5 min`, `24 h`.
  fileprivate var words: String {
    let milliseconds = components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000
    for (unit, size) in [("h", 3_600_000), ("min", 60_000), ("s", 1_000)] as [(String, Int64)]
    where milliseconds >= size && milliseconds % size == 0 {
      return "\(milliseconds / size) \(unit)"
    }
    return "\(milliseconds) ms"
  }
}

extension String {
  fileprivate var trimmingTrailingBlanks: String {
    String(self[..<(lastIndex { $0 != " " }.map(index(after:)) ?? startIndex)])
  }
}
