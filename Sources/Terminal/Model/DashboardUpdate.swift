package import ArbdFramework

/// What has changed since the last update: the one thing that moves from a run to those who look at it, in the same process
/// or at the other end of a socket. Small, and a plain value.
package struct DashboardUpdate: Codable, Sendable, Equatable {
  /// The wall clock when it was made, in microseconds since the Unix epoch.
  package var time: Int64
  /// Markets that have changed, each with its last values alone.
  package var markets: [MarketRow] = []
  /// Oldest first.
  package var alerts: [AlertRow] = []
  /// Windows that fired, oldest first.
  package var windows: [WindowRow] = []
  /// About once a second.
  package var report: DashboardReport?
  /// Oldest first.
  package var log: [LogLine] = []

  package init(time: Int64) { self.time = time }

  package var isEmpty: Bool {
    markets.isEmpty && alerts.isEmpty && windows.isEmpty && report == nil && log.isEmpty
  }
}

/// The last that is known of a market. Prices are for the eye, so doubles do.
package struct MarketRow: Codable, Sendable, Equatable {
  package var venue: String
  package var base: String
  package var quote: String
  /// Of the last trade; nil before the first.
  package var last: Double?
  /// Of the last quote; nil where the venue gives none.
  package var bid: Double?
  package var ask: Double?
  /// How many digits behind the point the venue's prices have, without zeros at the end: 0…12.
  package var decimals: Int
  /// When the last of these arrived, in microseconds since the Unix epoch.
  package var receiveTime: Int64

  package init(
    venue: String, base: String, quote: String, last: Double? = nil, bid: Double? = nil, ask: Double? = nil,
    decimals: Int = 2, receiveTime: Int64
  ) {
    self.venue = venue
    self.base = base
    self.quote = quote
    self.last = last
    self.bid = bid
    self.ask = ask
    self.decimals = decimals
    self.receiveTime = receiveTime
  }

  package var instrument: String { "\(base)-\(quote)" }
}

/// One step of a route.
package struct LegRow: Codable, Sendable, Equatable {
  /// Else it sells.
  package var buys: Bool
  package var venue: String
  package var instrument: String
  package var price: Double
  package var feeBasisPoints: Double
  /// How many records of the window made the price; nil where that is not known.
  package var records: Int?

  package init(
    buys: Bool, venue: String, instrument: String, price: Double, feeBasisPoints: Double, records: Int? = nil
  ) {
    self.buys = buys
    self.venue = venue
    self.instrument = instrument
    self.price = price
    self.feeBasisPoints = feeBasisPoints
    self.records = records
  }

  package init(_ leg: Alert.Leg) {
    self.init(
      buys: leg.side == .buy, venue: leg.market.venue, instrument: leg.market.instrument.description,
      price: leg.price, feeBasisPoints: leg.feeBasisPoints)
  }
}

/// Legs and what they would bring.
package struct RouteRow: Codable, Sendable, Equatable {
  /// In the order in which they are traded.
  package var legs: [LegRow]
  /// In the quote asset; nil for a cycle.
  package var spread: Double?
  package var grossBasisPoints: Double
  package var netBasisPoints: Double

  package init(legs: [LegRow], spread: Double?, grossBasisPoints: Double, netBasisPoints: Double) {
    self.legs = legs
    self.spread = spread
    self.grossBasisPoints = grossBasisPoints
    self.netBasisPoints = netBasisPoints
  }
}

/// An alert. Times in microseconds since the Unix epoch.
package struct AlertRow: Codable, Sendable, Equatable {
  package var id: String
  package var detector: String
  /// `spread` or `cycle`.
  package var type: String
  package var windowStart: Int64
  package var windowEnd: Int64
  package var detectedAt: Int64
  package var route: RouteRow

  package init(
    id: String, detector: String, type: String, windowStart: Int64, windowEnd: Int64, detectedAt: Int64,
    route: RouteRow
  ) {
    self.id = id
    self.detector = detector
    self.type = type
    self.windowStart = windowStart
    self.windowEnd = windowEnd
    self.detectedAt = detectedAt
    self.route = route
  }

  package init(_ alert: Alert) {
    self.init(
      id: alert.id, detector: alert.detector, type: alert.type, windowStart: alert.windowStart.microseconds,
      windowEnd: alert.windowEnd.microseconds, detectedAt: alert.detectedAt.microseconds,
      route: RouteRow(
        legs: alert.legs.map { LegRow($0) }, spread: alert.spread, grossBasisPoints: alert.grossBasisPoints,
        netBasisPoints: alert.netBasisPoints))
  }
}

/// What a detector found in a window, alerts or not. Times in microseconds since the Unix epoch.
package struct WindowRow: Codable, Sendable, Equatable {
  package var detector: String
  package var type: String
  package var windowStart: Int64
  package var windowEnd: Int64
  package var detectedAt: Int64
  /// How many alerts it raised.
  package var alerts: Int
  /// The best few, best first, also those below the threshold.
  package var routes: [RouteRow]

  package init(
    detector: String, type: String, windowStart: Int64, windowEnd: Int64, detectedAt: Int64, alerts: Int,
    routes: [RouteRow]
  ) {
    self.detector = detector
    self.type = type
    self.windowStart = windowStart
    self.windowEnd = windowEnd
    self.detectedAt = detectedAt
    self.alerts = alerts
    self.routes = routes
  }
}

/// A line of the log.
package struct LogLine: Codable, Sendable, Equatable {
  package enum Level: Int, Codable, Sendable, Comparable {
    case debug, info, notice, warning, error

    package static func < (left: Level, right: Level) -> Bool { left.rawValue < right.rawValue }
  }

  /// In microseconds since the Unix epoch.
  package var time: Int64
  package var level: Level
  package var text: String

  package init(time: Int64, level: Level, text: String) {
    self.time = time
    self.level = level
    self.text = text
  }
}

extension AlertRow {
  /// The alert again, for filters. Legs whose instrument cannot be read have one without assets.
  package var alert: Alert {
    Alert(
      storedAs: id, detector: detector, type: type, windowStart: Timestamp(microseconds: windowStart),
      windowEnd: Timestamp(microseconds: windowEnd),
      legs: route.legs.map { leg in
        let instrument = Instrument(leg.instrument) ?? Instrument(base: "", quote: "")
        return Alert.Leg(
          side: leg.buys ? .buy : .sell, market: Market(venue: leg.venue, instrument: instrument), price: leg.price,
          feeBasisPoints: leg.feeBasisPoints)
      }, spread: route.spread, grossBasisPoints: route.grossBasisPoints, netBasisPoints: route.netBasisPoints,
      detectedAt: Timestamp(microseconds: detectedAt))
  }
}
