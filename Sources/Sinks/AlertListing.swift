package import ArbdFramework
import ArbdTerminal

/// Alerts as lines of text, for people and for programs.
package struct AlertListing: Sendable {
  package enum Format: Sendable {
    case text, json, csv
  }

  private let format: Format

  package init(_ format: Format) { self.format = format }

  /// What stands above the lines, its line feed included.
  package var heading: String {
    guard case .csv = format else { return "" }
    return AlertCSV.heading
  }

  package func line(_ alert: Alert) -> String {
    switch format {
    case .text:
      var text = ConsoleText(isTerminal: false, isColored: false)
      let day = alert.detectedAt.description.prefix(10)
      return "\(day) " + String(decoding: text.lines(for: [.alert(alert)], width: nil), as: UTF8.self)
    case .json:
      var bytes: [UInt8] = []
      bytes.append(alert: alert)
      return String(decoding: bytes, as: UTF8.self) + "\n"
    case .csv: return AlertCSV.line(AlertRow(alert))
    }
  }
}
