/// What a detector saw in one window, whether or not it was worth an alert.
public struct WindowSummary: Sendable, Equatable {
  /// A market that had records in the window.
  public struct Price: Sendable, Equatable {
    public let market: Market
    /// Records of the market in the window.
    public let records: Int64
    /// What a buy leg pays, in the market's quote asset; nil when the market takes no part.
    public let buy: Double?
    /// What a sell leg gets, in the market's quote asset; nil when the market takes no part.
    public let sell: Double?

    public init(market: Market, records: Int64, buy: Double?, sell: Double?) {
      self.market = market
      self.records = records
      self.buy = buy
      self.sell = sell
    }
  }

  /// A way to trade in the window, above the thresholds or below.
  public struct Route: Sendable, Equatable {
    /// In the order in which they are traded.
    public let legs: [Alert.Leg]
    /// Sell price − buy price in the quote asset; nil for a cycle.
    public let spread: Double?
    /// Before fees.
    public let grossBasisPoints: Double
    /// After the fees of all legs.
    public let netBasisPoints: Double

    public init(legs: [Alert.Leg], spread: Double?, grossBasisPoints: Double, netBasisPoints: Double) {
      self.legs = legs
      self.spread = spread
      self.grossBasisPoints = grossBasisPoints
      self.netBasisPoints = netBasisPoints
    }
  }

  public let detector: String
  /// The detector's type: `spread` or `cycle`.
  public let type: String
  public let windowStart: Timestamp
  /// Exclusive.
  public let windowEnd: Timestamp
  /// How many alerts the window raised.
  public let alerts: Int
  /// In the order in which the markets appeared in the run.
  public let prices: [Price]
  /// The best by basis points after fees, best first, at most `routeLimit`; empty where there was none.
  public let routes: [Route]
  /// The input clock when the window fired.
  public let detectedAt: Timestamp

  public static let routeLimit = 5

  public init(
    detector: String, type: String, windowStart: Timestamp, windowEnd: Timestamp, alerts: Int, prices: [Price],
    routes: [Route], detectedAt: Timestamp
  ) {
    self.detector = detector
    self.type = type
    self.windowStart = windowStart
    self.windowEnd = windowEnd
    self.alerts = alerts
    self.prices = prices
    self.routes = routes
    self.detectedAt = detectedAt
  }
}
