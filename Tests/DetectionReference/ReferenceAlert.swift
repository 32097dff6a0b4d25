import Foundation

/// An alert with the fields of the published record; encoded by `line`, because the order of its keys counts.
public struct ReferenceAlert: Equatable, Sendable, Decodable {
  public struct Leg: Equatable, Sendable, Decodable {
    public let side: String
    public let venue: String
    public let instrument: String
    public let price: Double
    public let feeBps: Double

    enum CodingKeys: String, CodingKey {
      case side, venue, instrument, price
      case feeBps = "fee_bps"
    }
  }

  public let id: String
  public let detector: String
  public let type: String
  public let windowStart: Int
  public let windowEnd: Int
  public let legs: [Leg]
  /// In the quote asset; a cycle has none.
  public let spread: Double?
  public let grossBps: Double
  public let netBps: Double
  public let detectedAt: Int

  enum CodingKeys: String, CodingKey {
    case id, detector, type, legs, spread
    case windowStart = "window_start_us"
    case windowEnd = "window_end_us"
    case grossBps = "gross_bps"
    case netBps = "net_bps"
    case detectedAt = "detected_at_us"
  }

  static func id(detector: String, windowStart: Int, windowEnd: Int, legs: [Leg]) -> String {
    let lines =
      [detector, String(windowStart), String(windowEnd)]
      + legs.map { "\($0.side) \($0.venue) \($0.instrument)" }
    return String(sha256Hex(lines.joined(separator: "\n")).prefix(32))
  }

  /// The alert as one line of JSON without its line break.
  public var line: String {
    var members = [
      "\"id\":\(jsonString(id))", "\"detector\":\(jsonString(detector))", "\"type\":\(jsonString(type))",
      "\"window_start_us\":\(windowStart)", "\"window_end_us\":\(windowEnd)",
      "\"legs\":[\(legs.map(\.json).joined(separator: ","))]",
    ]
    if let spread { members.append("\"spread\":\(jsonNumber(spread))") }
    members += [
      "\"gross_bps\":\(jsonNumber(grossBps))", "\"net_bps\":\(jsonNumber(netBps))",
      "\"detected_at_us\":\(detectedAt)",
    ]
    return "{" + members.joined(separator: ",") + "}"
  }
}

extension ReferenceAlert.Leg {
  var json: String {
    "{\"side\":\(jsonString(side)),\"venue\":\(jsonString(venue)),\"instrument\":\(jsonString(instrument)),"
      + "\"price\":\(jsonNumber(price)),\"fee_bps\":\(jsonNumber(feeBps))}"
  }
}

func jsonString(_ text: String) -> String {
  let escaped = text.unicodeScalars.map { scalar in
    switch scalar {
    case "\"": "\\\""
    case "\\": "\\\\"
    case _ where scalar.value < 0x20:
      "\\u" + String(repeating: "0", count: scalar.value < 0x10 ? 3 : 2) + String(scalar.value, radix: 16)
    default: String(scalar)
    }
  }
  return "\"" + escaped.joined() + "\""
}

/// The shortest decimal that reads back as the same double; Swift's own, without the ".0" of whole numbers.
func jsonNumber(_ value: Double) -> String {
  let text = value.description
  return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
}
