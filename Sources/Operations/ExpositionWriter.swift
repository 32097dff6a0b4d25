internal import ArbdFramework

/// Writes Prometheus' text format, version 0.0.4:
/// https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
struct ExpositionWriter {
  typealias Labels = KeyValuePairs<StaticString, String>

  static let contentType = "text/plain; version=0.0.4; charset=utf-8"

  private(set) var text: [UInt8] = []

  /// The lines before a metric's samples.
  mutating func head(_ name: String, _ kind: Metric.Kind, help: String) {
    text.append("# HELP ")
    text.append(contentsOf: name.utf8)
    text.append(UInt8(ascii: " "))
    for byte in help.utf8 { append(byte, escapesQuote: false) }
    text.append("\n# TYPE ")
    text.append(contentsOf: name.utf8)
    text.append(UInt8(ascii: " "))
    text.append(contentsOf: kind.rawValue.utf8)
    text.append(UInt8(ascii: "\n"))
  }

  mutating func sample(_ name: String, _ labels: Labels, _ value: UInt64) {
    begin(name, labels)
    text.append(contentsOf: String(value).utf8)
    text.append(UInt8(ascii: "\n"))
  }

  mutating func sample(_ name: String, _ labels: Labels, _ value: Double) {
    begin(name, labels)
    append(value)
    text.append(UInt8(ascii: "\n"))
  }

  /// Bucket by bucket, each with those below it, in seconds.
  mutating func histogram(_ name: String, _ labels: Labels, _ histogram: LatencyHistogram) {
    var count: UInt64 = 0
    for bucket in 0...LatencyHistogram.boundedBuckets {
      count &+= histogram[bucket]
      begin("\(name)_bucket", labels, bound: bucket)
      text.append(contentsOf: String(count).utf8)
      text.append(UInt8(ascii: "\n"))
    }
    sample("\(name)_sum", labels, histogram.sumMicroseconds / 1e6)
    sample("\(name)_count", labels, count)
  }

  private mutating func begin(_ name: String, _ labels: Labels, bound: Int? = nil) {
    text.append(contentsOf: name.utf8)
    if !labels.isEmpty || bound != nil {
      var separator = UInt8(ascii: "{")
      for (label, value) in labels {
        text.append(separator)
        text.append(label)
        text.append("=\"")
        for byte in value.utf8 { append(byte, escapesQuote: true) }
        text.append(UInt8(ascii: "\""))
        separator = UInt8(ascii: ",")
      }
      if let bound {
        text.append(separator)
        text.append("le=\"")
        if bound == LatencyHistogram.boundedBuckets {
          text.append("+Inf")
        } else {
          append(Double(LatencyHistogram.upperBound(of: bound)) / 1e6)
        }
        text.append(UInt8(ascii: "\""))
      }
      text.append(UInt8(ascii: "}"))
    }
    text.append(UInt8(ascii: " "))
  }

  private mutating func append(_ value: Double) {
    if value.isFinite {
      text.append(double: value)
    } else {
      text.append(contentsOf: (value.isNaN ? "NaN" : value > 0 ? "+Inf" : "-Inf").utf8)
    }
  }

  /// A line feed would end the line, and whatever else follows a backslash has a meaning.
  private mutating func append(_ byte: UInt8, escapesQuote: Bool) {
    switch byte {
    case UInt8(ascii: "\\"): text.append("\\\\")
    case UInt8(ascii: "\n"): text.append("\\n")
    case UInt8(ascii: "\"") where escapesQuote: text.append("\\\"")
    default: text.append(byte)
    }
  }
}
