import Foundation

/// Results as a table, in aligned text or Markdown.
struct Table {
  private static let header = [
    "path", "measured", "time each", "rate", "asked", "× bare", "Foundation ×", "allocations each", "peak memory", "",
  ]
  /// Columns of figures, which stand at the right.
  private static let figures = 2..<9

  let results: [Result]

  private var rows: [[String]] {
    results.map { result in
      let (benchmark, measurement) = (result.benchmark, result.measurement)
      return [
        benchmark.group, benchmark.name, time(measurement.nanoseconds),
        rate(1e9 / measurement.nanoseconds, benchmark.unit),
        benchmark.requiredRate.map { "≥ \($0.text($0 < 1 ? 1 : 0)) M/s" } ?? "",
        reference(.bare, of: result).map { (measurement.nanoseconds / $0).text(2) } ?? "",
        reference(.foundation, of: result).map { ($0 / measurement.nanoseconds).text(1) } ?? "",
        count(measurement.allocations), "\((Double(measurement.peakMemory) / 1e6).text(0)) MB", measurement.note,
      ]
    }
  }

  /// What the group's reference took, for a result that is none itself.
  private func reference(_ role: Benchmark.Role, of result: Result) -> Double? {
    guard result.benchmark.role == .subject else { return nil }
    return results.first { $0.benchmark.group == result.benchmark.group && $0.benchmark.role == role }?
      .measurement.nanoseconds
  }

  private func time(_ nanoseconds: Double) -> String {
    switch nanoseconds {
    case ..<100: "\(nanoseconds.text(1)) ns"
    case ..<100_000: "\(nanoseconds.text(0)) ns"
    case ..<1e9: "\((nanoseconds / 1e6).text(2)) ms"
    default: ""
    }
  }

  private func rate(_ perSecond: Double, _ unit: String) -> String {
    guard perSecond.isFinite else { return "" }
    return perSecond < 100_000 ? "\(perSecond.text(0)) \(unit)s/s" : "\((perSecond / 1e6).text(2)) M/s"
  }

  private func count(_ allocations: Double) -> String {
    guard allocations.isFinite else { return "" }
    return allocations == 0 ? "0" : String(format: "%.3g", allocations)
  }

  var markdown: String {
    let rule = Table.header.indices.map { Table.figures.contains($0) ? "---:" : "---" }
    return ([Table.header, rule] + rows).map { "| \($0.joined(separator: " | ")) |" }.joined(separator: "\n")
  }

  var text: String {
    let lines = [Table.header] + rows
    let widths = Table.header.indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
    return lines.map { line in
      line.enumerated().map { column, cell in
        let padding = String(repeating: " ", count: widths[column] - cell.count)
        return Table.figures.contains(column) ? padding + cell : cell + padding
      }.joined(separator: "  ")
    }.joined(separator: "\n")
  }
}

extension Double {
  /// With so many digits behind the point.
  func text(_ digits: Int) -> String { String(format: "%.\(digits)f", self) }
}
