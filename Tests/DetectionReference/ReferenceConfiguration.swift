import Foundation

/// The part of a configuration file that decides what is detected.
struct ReferenceConfiguration: Decodable, Sendable {
  struct Fee: Decodable, Sendable {
    let takerBps: Number
    enum CodingKeys: String, CodingKey { case takerBps = "taker_bps" }
  }

  /// Taker fees in basis points, by venue. A venue without an entry has none to pay.
  let fees: [String: Double]
  let detectors: [DetectorSettings]

  enum CodingKeys: String, CodingKey { case fees, detectors }

  init(from decoder: any Decoder) throws {
    let keys = try decoder.container(keyedBy: CodingKeys.self)
    fees = try (keys.decodeIfPresent([String: Fee].self, forKey: .fees) ?? [:]).mapValues(\.takerBps.value)
    detectors = try keys.decode([DetectorSettings].self, forKey: .detectors)
  }
}

/// A number, which may stand in a string.
struct Number: Decodable, Sendable {
  let value: Double

  init(from decoder: any Decoder) throws {
    let single = try decoder.singleValueContainer()
    if let text = try? single.decode(String.self) {
      guard let number = Double(text) else {
        throw DecodingError.dataCorruptedError(in: single, debugDescription: "not a number: \(text)")
      }
      value = number
    } else {
      value = try single.decode(Double.self)
    }
  }
}

/// A duration such as `250ms`, in microseconds.
struct Microseconds: Decodable, Sendable {
  let value: Int

  init(_ value: Int) { self.value = value }

  init(from decoder: any Decoder) throws {
    let single = try decoder.singleValueContainer()
    let text = try single.decode(String.self)
    // "ms" stands before "m" and "s", which it also ends in or begins with.
    for (unit, microseconds) in [("ms", 1_000), ("s", 1_000_000), ("m", 60_000_000), ("h", 3_600_000_000)] {
      if text.hasSuffix(unit), let count = Int(text.dropLast(unit.count)) {
        value = count * microseconds
        return
      }
    }
    throw DecodingError.dataCorruptedError(in: single, debugDescription: "not a duration: \(text)")
  }
}

struct DetectorSettings: Decodable, Sendable {
  enum Kind: String, Decodable, Sendable { case spread, cycle }
  enum Input: String, Decodable, Sendable { case trades, quotes }
  enum PriceRule: String, Decodable, Sendable { case mean, vwap, last }
  enum Emit: String, Decodable, Sendable { case best, all }

  struct Threshold: Decodable, Sendable {
    var absolute: Number?
    var grossBps: Number?
    var netBps: Number?
    enum CodingKeys: String, CodingKey {
      case absolute
      case grossBps = "gross_bps"
      case netBps = "net_bps"
    }
  }

  let name: String
  let kind: Kind
  let input: Input
  let venues: [String]
  let treatAsEqual: [[String]]
  let window: WindowSettings
  let price: PriceRule
  let minRecords: Int
  let threshold: Threshold
  /// Nil when the file does not say: the default depends on the kind of detector.
  let emit: Emit?
  /// Of a spread.
  let instrument: String
  /// Of a cycle.
  let assets: [String]
  let maxLegs: Int

  enum CodingKeys: String, CodingKey {
    case name, input, venues, window, price, threshold, emit, instrument, assets
    case kind = "type"
    case treatAsEqual = "treat_as_equal"
    case minRecords = "min_records"
    case maxLegs = "max_legs"
  }

  init(from decoder: any Decoder) throws {
    let keys = try decoder.container(keyedBy: CodingKeys.self)
    name = try keys.decode(String.self, forKey: .name)
    kind = try keys.decode(Kind.self, forKey: .kind)
    input = try keys.decodeIfPresent(Input.self, forKey: .input) ?? .trades
    venues = try keys.decode([String].self, forKey: .venues)
    treatAsEqual = try keys.decodeIfPresent([[String]].self, forKey: .treatAsEqual) ?? []
    window = try keys.decode(WindowSettings.self, forKey: .window)
    price = try keys.decodeIfPresent(PriceRule.self, forKey: .price) ?? .mean
    minRecords = Int(try keys.decodeIfPresent(Number.self, forKey: .minRecords)?.value ?? 1)
    threshold = try keys.decodeIfPresent(Threshold.self, forKey: .threshold) ?? Threshold()
    emit = try keys.decodeIfPresent(Emit.self, forKey: .emit)
    instrument = try keys.decodeIfPresent(String.self, forKey: .instrument) ?? ""
    assets = try keys.decodeIfPresent([String].self, forKey: .assets) ?? []
    maxLegs = Int(try keys.decodeIfPresent(Number.self, forKey: .maxLegs)?.value ?? 3)
  }
}

/// Durations in microseconds.
struct WindowSettings: Decodable, Sendable {
  enum WatermarkRule: String, Decodable, Sendable {
    case perMarket = "per_market"
    case merged
  }

  let size: Int
  let offset: Int
  let outOfOrderness: Int
  /// Nil is `never`.
  let idleTimeout: Int?
  let maxClockSkew: Int
  let watermark: WatermarkRule

  enum CodingKeys: String, CodingKey {
    case size, offset, watermark
    case outOfOrderness = "out_of_orderness"
    case idleTimeout = "idle_timeout"
    case maxClockSkew = "max_clock_skew"
  }

  init(from decoder: any Decoder) throws {
    let keys = try decoder.container(keyedBy: CodingKeys.self)
    func duration(_ key: CodingKeys, default seconds: Int) throws -> Int {
      try keys.decodeIfPresent(Microseconds.self, forKey: key)?.value ?? seconds * 1_000_000
    }
    size = try keys.decode(Microseconds.self, forKey: .size).value
    offset = try duration(.offset, default: 0)
    outOfOrderness = try duration(.outOfOrderness, default: 2)
    maxClockSkew = try duration(.maxClockSkew, default: 2)
    watermark = try keys.decodeIfPresent(WatermarkRule.self, forKey: .watermark) ?? .perMarket
    if (try? keys.decodeIfPresent(String.self, forKey: .idleTimeout)) == "never" {
      idleTimeout = nil
    } else {
      idleTimeout = try duration(.idleTimeout, default: 10)
    }
  }
}
