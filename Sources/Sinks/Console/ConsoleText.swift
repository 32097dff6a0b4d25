import ArbdFramework
import ArbdTerminal

/// What the console shows: records in, text out.
struct ConsoleText {
  let isTerminal: Bool
  let isColored: Bool
  private var previous: StatusReport?
  /// The status line that stands at the bottom of a terminal.
  private var bottom = ""

  init(isTerminal: Bool, isColored: Bool) {
    self.isTerminal = isTerminal
    self.isColored = isColored
  }

  /// The bytes to print. `width`: columns of the terminal, nil where unknown.
  mutating func lines(for batch: [Record], width: Int?) -> [UInt8] {
    var text = ""
    // The bottom line is wiped first, and put back below what is new.
    if isTerminal, !bottom.isEmpty { text += "\r\u{1B}[K" }
    for record in batch {
      switch record {
      case .alert(let alert): text += line(alert) + "\n"
      case .status(let report): show(report, &text, width: width)
      case .trade, .quote, .window: break
      }
    }
    if isTerminal { text += bottom }
    return Array(text.utf8)
  }

  private mutating func show(_ report: StatusReport, _ text: inout String, width: Int?) {
    let line = ConsoleText.line(report, since: previous)
    previous = report
    if isTerminal, !report.isFinal {
      bottom = String(line.prefix(width.map { $0 - 1 } ?? line.count))
    } else {
      text += line + "\n"
      bottom = ""
    }
  }

  // MARK: Alerts

  private func line(_ alert: Alert) -> String {
    let time = ConsoleText.clock(alert.detectedAt)
    let legs = alert.legs.map { leg in
      "\(leg.side.name) \(leg.market.venue) \(leg.market.instrument) \(Figure.price(leg.price))"
    }
    var figures: [String] = []
    if let spread = alert.spread { figures.append("spread \(Figure.price(spread))") }
    figures.append("gross \(Figure.signed(alert.grossBasisPoints)) bps")
    figures.append("net \(colored(alert.netBasisPoints)) bps")
    return "\(time)  \(bold(alert.detector))  \(legs.joined(separator: " → "))  \(figures.joined(separator: "  "))"
  }

  /// Profit after fees is what one looks for: blue, loss plain, as red and green look alike to many.
  private func colored(_ basisPoints: Double) -> String {
    let text = Figure.signed(basisPoints)
    return isColored && basisPoints > 0 ? "\u{1B}[1;34m\(text)\u{1B}[0m" : text
  }

  private func bold(_ text: String) -> String { isColored ? "\u{1B}[1m\(text)\u{1B}[0m" : text }

  // MARK: Status

  /// More would not be read, line after line.
  private static let pricesShown = 8

  private static func line(_ report: StatusReport, since previous: StatusReport?) -> String {
    let label = report.isFinal ? "end" : "status"
    // The last line tells of the whole run.
    let earlier = report.isFinal ? nil : previous
    let seconds = (report.elapsed - (earlier?.elapsed ?? .zero)) / .seconds(1)
    let rate = seconds > 0 ? Double(report.events - (earlier?.events ?? 0)) / seconds : 0
    var parts = [
      "\(label) \(Figure.grouped(UInt64(max(0, report.elapsed / .seconds(1)))))s",
      "\(Figure.grouped(UInt64(rate.rounded()))) events/s",
      "\(Figure.grouped(report.events)) events",
      "\(Figure.grouped(report.alerts)) \(report.alerts == 1 ? "alert" : "alerts")",
      "\(Figure.grouped(report.late)) late",
    ]
    if report.rejected > 0 { parts.append("\(Figure.grouped(report.rejected)) rejected") }
    parts += report.lastPrices.prefix(pricesShown).map { last in
      "\(last.market.instrument) \(last.market.venue) \(Figure.price(last.price))"
    }
    if report.lastPrices.count > pricesShown { parts.append("+ \(report.lastPrices.count - pricesShown) markets") }
    return parts.joined(separator: "  ")
  }

  /// `14:03:20.000`, in UTC.
  private static func clock(_ time: Timestamp) -> String {
    String(time.description.dropFirst(11).prefix(12))
  }
}
