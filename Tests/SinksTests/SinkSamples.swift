import ArbdFramework
import Foundation
import KafkaTestSupport
import Logging

/// Records for sinks, and what they look like as lines.
enum Sample {
  static let coinbase = market("coinbase", "BTC-USD")
  static let binance = market("binance", "BTC-USDT")

  static func market(_ venue: String, _ instrument: String) -> Market {
    let parts = instrument.split(separator: "-").map(String.init)
    return Market(venue: venue, instrument: Instrument(base: parts[0], quote: parts[1]))
  }

  static func trade(_ id: UInt64) -> Record {
    .trade(
      Trade(
        market: MarketID(index: 0), side: .sell, price: quantity(5_012_340, -2), size: quantity(10, -3),
        id: TradeID(id), eventTime: Timestamp(microseconds: 1), receiveTime: Timestamp(microseconds: 2)),
      binance)
  }

  static func tradeLine(_ id: UInt64) -> String {
    #"{"venue":"binance","instrument":"BTC-USDT","price":"50123.40","size":"0.010","side":"sell","trade_id":"\#(id)","#
      + #""event_time_us":1,"receive_time_us":2}"#
  }

  static let quote = Record.quote(
    Quote(
      market: MarketID(index: 0), bid: quantity(1, 0), bidSize: .missing, ask: quantity(25, -1),
      askSize: quantity(3, 0), eventTime: Timestamp(microseconds: 3), receiveTime: Timestamp(microseconds: 4)),
    binance)

  static let quoteLine =
    #"{"venue":"binance","instrument":"BTC-USDT","bid":"1","bid_size":null,"ask":"2.5","ask_size":"3","#
    + #""event_time_us":3,"receive_time_us":4}"#

  static func window(alerts: Int) -> Record {
    .window(
      WindowSummary(
        detector: "btc", type: "spread", windowStart: Timestamp(microseconds: 0),
        windowEnd: Timestamp(microseconds: 10), alerts: alerts,
        prices: [
          .init(market: binance, records: 3, buy: 100.5, sell: 100.25),
          .init(market: coinbase, records: 1, buy: nil, sell: nil),
        ],
        routes: [
          .init(
            legs: [Alert.Leg(side: .buy, market: binance, price: 100.5, feeBasisPoints: 10)], spread: 2,
            grossBasisPoints: 1.5, netBasisPoints: -3)
        ], detectedAt: Timestamp(microseconds: 12)))
  }

  /// A spread that leaves `net` basis points.
  static func spread(net: Double = -58.691) -> Alert {
    Alert(
      detector: "btc", type: "spread", windowStart: Timestamp(microseconds: 1_767_225_605_000_000),
      windowEnd: Timestamp(microseconds: 1_767_225_610_000_000),
      legs: [
        Alert.Leg(side: .buy, market: binance, price: 60_041.9685, feeBasisPoints: 10),
        Alert.Leg(side: .sell, market: coinbase, price: 60_109.9845, feeBasisPoints: 60),
      ], spread: 68.016, grossBasisPoints: 11.328, netBasisPoints: net,
      detectedAt: Timestamp(microseconds: 1_767_225_611_699_835))
  }

  /// Detected just now.
  static var recent: Alert {
    let now = Timestamp(microseconds: Int64(Date().timeIntervalSince1970 * 1e6))
    let alert = spread()
    return Alert(
      detector: "now", type: "spread", windowStart: now, windowEnd: now, legs: alert.legs, spread: 1,
      grossBasisPoints: 1,
      netBasisPoints: 1, detectedAt: now)
  }

  static let cycle = Alert(
    detector: "triangle", type: "cycle", windowStart: Timestamp(microseconds: 0),
    windowEnd: Timestamp(microseconds: 1_000_000),
    legs: [
      Alert.Leg(side: .buy, market: binance, price: 60_043.64, feeBasisPoints: 10),
      Alert.Leg(side: .buy, market: market("binance", "ETH-BTC"), price: 0.04074, feeBasisPoints: 10),
      Alert.Leg(side: .sell, market: market("binance", "ETH-USDT"), price: 2_449.36, feeBasisPoints: 10),
    ], spread: nil, grossBasisPoints: 13.0085, netBasisPoints: -17.0005,
    detectedAt: Timestamp(microseconds: 86_399_999_999))

  static func status(
    _ seconds: Double, events: UInt64, alerts: UInt64 = 0, late: UInt64 = 0, rejected: UInt64 = 0,
    prices: [StatusReport.LastPrice] = [], isFinal: Bool = false
  ) -> Record {
    .status(
      StatusReport(
        elapsed: .milliseconds(Int(seconds * 1_000)), events: events, alerts: alerts, late: late,
        rejected: rejected,
        lastPrices: prices, isFinal: isFinal))
  }

  static func context(_ name: String, _ log: LogLines? = nil) -> PluginContext {
    PluginContext(logger: log?.logger ?? Logger(label: "tests"), name: name, markets: MarketTable())
  }

  private static func quantity(_ mantissa: Int64, _ exponent: Int8) -> Quantity {
    Quantity(ExactDecimal(mantissa: mantissa, exponent: exponent))
  }
}

/// A folder that goes away with its owner.
final class TemporaryFolder: Sendable {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appendingPathComponent("arbd-tests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  func path(_ name: String) -> String { url.appendingPathComponent(name).path }

  func text(_ name: String) throws -> String {
    String(decoding: try Data(contentsOf: url.appendingPathComponent(name)), as: UTF8.self)
  }
}
