/// A page in Prometheus' text format, read as strictly as its rules are written:
/// https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
public struct ExpositionPage {
  public struct Sample: Equatable {
    public let name: String
    public let labels: [String: String]
    public let value: Double
  }

  public struct Family {
    public let name: String
    public let help: String
    public let kind: String
    public var samples: [Sample] = []
  }

  public struct Fault: Error, CustomStringConvertible {
    public let description: String
  }

  public private(set) var families: [Family] = []

  public init(_ text: String) throws(Fault) {
    guard text.isEmpty || text.hasSuffix("\n") else { throw Fault(description: "the last line has no end") }
    var seen: Set<String> = []
    var help: (name: String, text: String)?
    for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
      func check(_ isTrue: Bool, _ rule: String) throws(Fault) {
        guard isTrue else { throw Fault(description: "\(rule): \(line)") }
      }
      let words = line.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false).map(String.init)
      if line.hasPrefix("# HELP ") {
        try check(words.count == 4 && Self.isName(words[2]), "HELP has a name and a text")
        try check(!families.contains { $0.name == words[2] }, "a metric stands in one place")
        help = (words[2], words[3])
      } else if line.hasPrefix("# TYPE ") {
        try check(words.count == 4 && words[2] == help?.name, "TYPE follows HELP of the same name")
        try check(["counter", "gauge", "histogram"].contains(words[3]), "a known type")
        try check(words[3] != "counter" || words[2].hasSuffix("_total"), "counters end in _total")
        families.append(Family(name: words[2], help: help?.text ?? "", kind: words[3]))
      } else {
        let sample = try Self.sample(line)
        guard let family = families.last else { throw Fault(description: "a sample before any TYPE") }
        let suffixes = family.kind == "histogram" ? ["_bucket", "_sum", "_count"] : [""]
        try check(suffixes.contains { family.name + $0 == sample.name }, "a sample is of the metric above it")
        try check(family.kind != "counter" || sample.value >= 0, "counters are not negative")
        let labels = sample.labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        try check(seen.insert("\(sample.name) \(labels)").inserted, "a series stands once")
        families[families.count - 1].samples.append(sample)
      }
    }
    for family in families where family.kind == "histogram" { try Self.check(family) }
  }

  public subscript(name: String) -> Family? { families.first { $0.name == name } }

  /// The value of the one series with this name and these labels; nil when there is none.
  public func value(_ name: String, _ labels: [String: String] = [:]) -> Double? {
    families.flatMap(\.samples).first { $0.name == name && $0.labels == labels }?.value
  }

  /// Buckets do not fall and end at +Inf with the count.
  private static func check(_ family: Family) throws(Fault) {
    var groups: [[String: String]: [(bound: Double, count: Double)]] = [:]
    for sample in family.samples where sample.name.hasSuffix("_bucket") {
      guard let bound = sample.labels["le"].flatMap({ number($0) }) else {
        throw Fault(description: "a bucket without le in \(family.name)")
      }
      var labels = sample.labels
      labels["le"] = nil
      groups[labels, default: []].append((bound, sample.value))
    }
    for (labels, buckets) in groups {
      let isRising = zip(buckets, buckets.dropFirst()).allSatisfy { $0.bound < $1.bound && $0.count <= $1.count }
      let count = family.samples.first { $0.name == family.name + "_count" && $0.labels == labels }?.value
      let hasSum = family.samples.contains { $0.name == family.name + "_sum" && $0.labels == labels }
      guard isRising, buckets.last?.bound == .infinity, buckets.last?.count == count, hasSum else {
        throw Fault(description: "the buckets of \(family.name) are not in order")
      }
    }
  }

  private static func sample(_ line: Substring) throws(Fault) -> Sample {
    let fault = Fault(description: "no sample: \(line)")
    var rest = line
    let name = rest.prefix { $0 != "{" && $0 != " " }
    rest = rest.dropFirst(name.count)
    var labels: [String: String] = [:]
    if rest.first == "{" {
      repeat {
        rest = rest.dropFirst()
        let label = rest.prefix { $0 != "=" }
        rest = rest.dropFirst(label.count)
        guard rest.hasPrefix("=\""), isLabel(String(label)), labels[String(label)] == nil else { throw fault }
        rest = rest.dropFirst(2)
        var value = ""
        while let character = rest.first, character != "\"" {
          rest = rest.dropFirst()
          guard character == "\\" else {
            value.append(character)
            continue
          }
          switch rest.popFirst() {
          case "n": value.append("\n")
          case "\\": value.append("\\")
          case "\"": value.append("\"")
          default: throw fault
          }
        }
        guard rest.popFirst() == "\"" else { throw fault }
        labels[String(label)] = value
      } while rest.first == ","
      guard rest.popFirst() == "}" else { throw fault }
    }
    guard rest.popFirst() == " ", isName(String(name)), let value = number(String(rest)) else { throw fault }
    return Sample(name: String(name), labels: labels, value: value)
  }

  private static func number(_ text: String) -> Double? {
    switch text {
    case "+Inf": .infinity
    case "-Inf": -.infinity
    case "NaN": .nan
    default: text.utf8.allSatisfy { (0x30...0x39).contains($0) || "+-.eE".utf8.contains($0) } ? Double(text) : nil
    }
  }

  private static func isName(_ text: String) -> Bool { isLabel(text.replacing(":", with: "_")) }

  private static func isLabel(_ text: String) -> Bool {
    guard let first = text.utf8.first, !(0x30...0x39).contains(first) else { return false }
    return text.utf8.allSatisfy {
      $0 == 0x5F || (0x30...0x39).contains($0) || (0x61...0x7A).contains($0 | 0x20)
    }
  }
}
