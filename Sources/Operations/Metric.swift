internal import ArbdFramework

/// One metric: what it is called, what it means, and how its samples come out of a report.
struct Metric: Sendable {
  enum Kind: String, Sendable {
    case counter, gauge, histogram
  }

  let name: String
  let kind: Kind
  /// One line, for the page and for the documentation.
  let help: String
  /// In the order in which they are written.
  let labels: [String]
  let write: @Sendable (OperationsReport, Samples) -> Void

  /// Takes the samples of one metric.
  final class Samples {
    private let name: String
    var writer: ExpositionWriter

    init(_ name: String, _ writer: consuming ExpositionWriter) {
      self.name = name
      self.writer = writer
    }

    func add(_ value: UInt64) { add([:], value) }
    func add(_ value: Double) { add([:], value) }
    func add(_ value: LatencyHistogram) { add([:], value) }
    func add(_ labels: ExpositionWriter.Labels, _ value: UInt64) { writer.sample(name, labels, value) }
    func add(_ labels: ExpositionWriter.Labels, _ value: Double) { writer.sample(name, labels, value) }
    func add(_ labels: ExpositionWriter.Labels, _ value: LatencyHistogram) { writer.histogram(name, labels, value) }
  }

  init(
    _ name: String, _ kind: Kind, _ help: String, by labels: [String] = [],
    _ write: @escaping @Sendable (OperationsReport, Samples) -> Void
  ) {
    self.name = name
    self.kind = kind
    self.help = help
    self.labels = labels
    self.write = write
  }

  /// All of them, in the order of the page.
  static let all = process + run + connections + feeds + detection + delivery
}

extension Metric {
  /// The page: a pure function of the report.
  static func page(_ report: OperationsReport) -> [UInt8] {
    var writer = ExpositionWriter()
    for metric in all {
      writer.head(metric.name, metric.kind, help: metric.help)
      let samples = Samples(metric.name, writer)
      metric.write(report, samples)
      writer = samples.writer
    }
    return writer.text
  }

  /// All metrics as a table, for the documentation.
  package static var table: String {
    let rows = all.map { metric in
      let labels = metric.labels.map { "`\($0)`" }.joined(separator: ", ")
      return "| `\(metric.name)` | \(metric.kind.rawValue) | \(labels) | \(metric.help) |\n"
    }
    return "| metric | type | labels | |\n| --- | --- | --- | --- |\n" + rows.joined()
  }
}

extension Duration {
  var inSeconds: Double { self / .seconds(1) }
}
