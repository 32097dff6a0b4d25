internal import ArbdFramework

/// Alerts as rows of a spreadsheet.
package enum AlertCSV {
  /// Its line feed included, as that of `line`.
  package static let heading = "detected_at,id,detector,type,window_start,window_end,spread,gross_bps,net_bps,legs\n"

  package static func line(_ alert: AlertRow) -> String {
    func time(_ microseconds: Int64) -> String { "\(Timestamp(microseconds: microseconds))" }
    let route = alert.route
    let legs = route.legs.map { leg in
      "\(leg.buys ? "buy" : "sell") \(leg.venue) \(leg.instrument) \(Figure.plain(leg.price))"
    }
    let cells = [
      time(alert.detectedAt), alert.id, alert.detector, alert.type, time(alert.windowStart), time(alert.windowEnd),
      route.spread.map(Figure.plain) ?? "", Figure.plain(route.grossBasisPoints), Figure.plain(route.netBasisPoints),
      legs.joined(separator: " > "),
    ]
    return cells.map(cell).joined(separator: ",") + "\n"
  }

  /// Quoted where RFC 4180 asks for it. What a spreadsheet would take for a formula gets a quote in front.
  private static func cell(_ text: String) -> String {
    let isFormula = text.first.map { "=@+".contains($0) } == true || (text.first == "-" && Double(text) == nil)
    let safe = isFormula ? "'" + text : text
    guard safe.contains(where: { ",\"\n\r".contains($0) }) else { return safe }
    return "\"" + safe.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
  }
}
