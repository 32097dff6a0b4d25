/// Findings as a table for people: a line each in aligned columns, and a summary.
package struct FindingTable: Sendable {
  package enum Style: Sendable {
    case unicode
    /// For terminals and files that take nothing else.
    case ascii
  }

  private let findings: [Finding]
  private let style: Style

  package init(_ findings: [Finding], _ style: Style) {
    self.findings = findings
    self.style = style
  }

  package var hasFailures: Bool { findings.contains { $0.verdict == .failed } }

  package var text: String {
    let rows = findings.map { [mark($0.verdict), shown($0.subject), shown($0.check), shown($0.text)] }
    // By scalars, since that is what most terminals give a cell each.
    let widths = (0..<3).map { column in rows.map { $0[column].unicodeScalars.count }.max() ?? 0 }
    let lines = rows.map { row in
      let cells = zip(row, widths).map { cell, width in
        cell + String(repeating: " ", count: width - cell.unicodeScalars.count)
      }
      return (cells + [row[3]]).joined(separator: "  ")
    }
    return (lines + [summary]).map { $0 + "\n" }.joined()
  }

  private var summary: String {
    func count(_ verdict: Finding.Verdict) -> Int { findings.count { $0.verdict == verdict } }
    let (good, failed, unknown) = (count(.good), count(.failed), count(.unknown))
    var parts = ["\(good) good", "\(failed) failed"]
    if unknown > 0 { parts.append("\(unknown) not possible") }
    return "\(findings.count) checks: \(parts.joined(separator: ", "))"
  }

  private func mark(_ verdict: Finding.Verdict) -> String {
    switch (verdict, style) {
    case (.good, .unicode): "✓"
    case (.failed, .unicode): "✗"
    case (.unknown, .unicode): "–"
    case (.good, .ascii): "ok"
    case (.failed, .ascii): "FAIL"
    case (.unknown, .ascii): "-"
    }
  }

  private func shown(_ text: String) -> String {
    guard style == .ascii else { return text }
    var shown = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "−", "–": shown += "-"
      default: shown += scalar.isASCII ? String(scalar) : scalar.escaped(asASCII: true)
      }
    }
    return shown
  }
}
