import Foundation

/// Small made-up cases: everything in them comes from the seed, much of it on a border.
struct RandomCase {
  private static let venues = ["coinbase", "binance", "kraken", "okx", "bybit"]
  private static let instruments = ["BTC-USD", "BTC-USDT", "ETH-USD", "ETH-USDT", "ETH-BTC", "USDT-USD"]
  private static let badPrices = ["", "0", "-1", "abc", "1e400", " 1", "01", "1e-400", "+5", "0x10", "NaN"]
  private static let sizes = ["1", "0", "0.5", "0.0000", "1e2", "2.25", "1", "3"]
  private static let badSizes = ["-0.1", "", "1e999", "x"]

  private var random: SeededRandom
  private let usedVenues: [String]
  private let usedInstruments: [String]
  /// How many of a hundred detectors look for spreads.
  private let spreadPercent: Int
  /// Microseconds; starts before the epoch now and then.
  private var clock: Int

  init(seed: UInt64) {
    random = SeededRandom(seed: seed)
    // Either many venues and one asset, for spreads, or few venues and many markets, for cycles.
    let isForSpreads = random.chance(50)
    usedVenues = Array(
      RandomCase.venues.shuffled(using: &random).prefix(random.number(2...(isForSpreads ? 5 : 3))))
    usedInstruments =
      isForSpreads
      ? ["BTC-USD", "BTC-USDT", random.pick(RandomCase.instruments)]
      : Array(RandomCase.instruments.shuffled(using: &random).prefix(random.number(3...6)))
    spreadPercent = isForSpreads ? 85 : 15
    clock = random.pick([-60_000, 0, 1_700_000_000_000_000])
  }

  static func make(seed: UInt64) throws -> EngineCase {
    var made = RandomCase(seed: seed)
    return try EngineCase(configuration: made.configuration(), records: made.records())
  }

  // MARK: Configuration

  private mutating func configuration() throws -> Data {
    var fees: [String: Any] = [:]
    for venue in usedVenues where random.chance(75) {
      fees[venue] = ["taker_bps": random.pick([0, 10, 25.5, 60, -1.5])]
    }
    let detectors = (0..<random.number(1...4)).map { detector("d\($0)") }
    return try JSONSerialization.data(withJSONObject: ["fees": fees, "detectors": detectors])
  }

  private mutating func detector(_ name: String) -> [String: Any] {
    var detector: [String: Any] = ["name": name, "window": window()]
    let isQuotes = random.chance(30)
    if isQuotes { detector["input"] = "quotes" }
    if random.chance(80) {
      detector["price"] = random.pick(isQuotes ? ["mean", "last"] : ["mean", "last", "vwap"])
    }
    if random.chance(20) { detector["min_records"] = random.number(1...3) }
    if random.chance(60) { detector["emit"] = random.pick(["best", "all"]) }
    if random.chance(60) {
      detector["treat_as_equal"] = random.pick([
        [["USD", "USDT"]], [["USDT", "USD", "USDC"], ["BTC", "WBTC"]],
      ])
    }
    var threshold: [String: Any] = [:]
    if random.chance(15) { threshold["gross_bps"] = random.pick([0, 25, -50]) }
    if random.chance(15) { threshold["net_bps"] = random.pick([0, -30, 12.5]) }
    if random.chance(spreadPercent) {
      detector["type"] = "spread"
      detector["instrument"] = random.pick(usedInstruments)
      detector["venues"] = Array(usedVenues.shuffled(using: &random).prefix(random.number(2...5)))
      if random.chance(20) { threshold["absolute"] = random.pick([0, 0.5, 1, -1]) }
    } else {
      detector["type"] = "cycle"
      detector["venues"] = Array(usedVenues.shuffled(using: &random).prefix(random.number(1...5)))
      let assets = ["USD", "USDT", "BTC", "ETH"].shuffled(using: &random)
      detector["assets"] = Array(assets.prefix(random.number(3...4)))
      if random.chance(50) { detector["max_legs"] = random.number(3...5) }
    }
    if !threshold.isEmpty { detector["threshold"] = threshold }
    return detector
  }

  private mutating func window() -> [String: Any] {
    var window: [String: Any] = ["size": random.pick(["5ms", "10ms", "30ms", "100ms", "100ms"])]
    if random.chance(40) { window["offset"] = random.pick(["0ms", "3ms", "7ms", "1s"]) }
    if random.chance(90) { window["out_of_orderness"] = random.pick(["0ms", "5ms", "20ms", "50ms"]) }
    if random.chance(90) { window["idle_timeout"] = random.pick(["0ms", "15ms", "40ms", "100ms", "never"]) }
    if random.chance(30) { window["watermark"] = random.pick(["merged", "merged", "per_market"]) }
    if random.chance(70) { window["max_clock_skew"] = random.pick(["0ms", "5ms", "50ms"]) }
    return window
  }

  // MARK: Records

  private mutating func records() throws -> Data {
    var lines: [Data] = []
    for number in 0..<random.number(1...150) {
      clock +=
        random.chance(3) ? random.number(15_000...120_000) : random.pick([0, 0, 1, 250, 500, 1_000, 2_777])
      let record = random.chance(5) ? stale() : random.chance(65) ? trade(number) : quote()
      lines.append(try JSONSerialization.data(withJSONObject: record))
    }
    return Data(lines.joined(separator: [UInt8(ascii: "\n")]))
  }

  private mutating func trade(_ number: Int) -> [String: Any] {
    var record = base()
    if random.chance(5) { record["venue"] = EngineCase.elsewhere }
    record["price"] = price()
    record["size"] = size()
    record["side"] = random.pick(["buy", "sell", "unknown"])
    record["trade_id"] = "\(number)"
    return record
  }

  private mutating func quote() -> [String: Any] {
    var record = base()
    for side in ["bid", "ask"] {
      record[side] = random.chance(5) ? NSNull() as Any : price()
      record["\(side)_size"] = random.chance(30) ? NSNull() as Any : size()
    }
    // Mostly the right way round.
    if random.chance(70) {
      let bid = 100 + random.number(-4...4)
      record["bid"] = "\(bid)"
      record["ask"] = "\(bid).\(random.pick(["1", "25", "9"]))"
    }
    return record
  }

  private mutating func stale() -> [String: Any] {
    var record = base()
    record["event_time_us"] = nil
    record["status"] = "stale"
    return record
  }

  /// Where and when: mostly a little late, at times very late, ahead, or on the edge of a window.
  private mutating func base() -> [String: Any] {
    let receiveTime = random.chance(8) ? clock - random.number(1...30_000) : clock
    var eventTime = receiveTime - random.pick([0, 0, 1, 1_000, 3_333, 10_000, 30_000, 60_000])
    if random.chance(10) { eventTime = receiveTime + random.pick([1, 5_000, 5_001, 50_000, 50_001]) }
    if random.chance(40) {
      eventTime = eventTime / 10_000 * 10_000 + random.pick([-1_001, -1_000, -999, -1, 0, 1])
    }
    return [
      "venue": random.pick(usedVenues), "instrument": random.pick(usedInstruments),
      "event_time_us": eventTime,
      "receive_time_us": receiveTime,
    ]
  }

  private mutating func size() -> String {
    random.pick(random.chance(4) ? RandomCase.badSizes : RandomCase.sizes)
  }

  /// On a coarse grid, so that equal prices and equal spreads are common.
  private mutating func price() -> String {
    if random.chance(4) { return random.pick(RandomCase.badPrices) }
    if random.chance(4) { return "100.12345678901234567890123" }
    return random.chance(50)
      ? "\(100 + random.number(-4...4))" : "\(100 + random.number(-4...4)).\(random.pick(["5", "10", "3"]))"
  }
}
