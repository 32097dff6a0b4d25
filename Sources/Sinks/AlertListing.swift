package import ArbdFramework

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
    return "detected_at,id,detector,type,window_start,window_end,spread,gross_bps,net_bps,legs\n"
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
    case .csv:
      let legs = alert.legs.map { "\($0.side.name) \($0.market) \(Figure.plain($0.price))" }.joined(separator: " > ")
      let cells = [
        "\(alert.detectedAt)", alert.id, alert.detector, alert.type, "\(alert.windowStart)", "\(alert.windowEnd)",
        alert.spread.map(Figure.plain) ?? "", Figure.plain(alert.grossBasisPoints), Figure.plain(alert.netBasisPoints),
        legs,
      ]
      return cells.map(AlertListing.cell).joined(separator: ",") + "\n"
    }
  }

  /// Quoted where RFC 4180 asks for it. What a spreadsheet would take for a formula gets a quote in front.
  private static func cell(_ text: String) -> String {
    let isFormula = text.first.map { "=@+".contains($0) } == true || (text.first == "-" && Double(text) == nil)
    let safe = isFormula ? "'" + text : text
    guard safe.contains(where: { ",\"\n\r".contains($0) }) else { return safe }
    return "\"" + safe.replacing("\"", with: "\"\"") + "\""
  }
}
