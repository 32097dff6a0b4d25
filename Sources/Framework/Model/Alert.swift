internal import COpenSSL

/// A price difference above a detector's thresholds.
public struct Alert: Sendable, Equatable {
  public struct Leg: Sendable, Equatable {
    /// `buy` or `sell`.
    public let side: Side
    public let market: Market
    /// In the market's quote asset.
    public let price: Double
    /// The taker fee, in basis points of what the leg receives.
    public let feeBasisPoints: Double

    public init(side: Side, market: Market, price: Double, feeBasisPoints: Double) {
      self.side = side
      self.market = market
      self.price = price
      self.feeBasisPoints = feeBasisPoints
    }
  }

  /// The same for the same opportunity, however often it is replayed or delivered: see `identifier`.
  public let id: String
  public let detector: String
  /// The detector's type: `spread` or `cycle`.
  public let type: String
  public let windowStart: Timestamp
  /// Exclusive.
  public let windowEnd: Timestamp
  /// In the order in which they are traded.
  public let legs: [Leg]
  /// Sell price − buy price in the quote asset; nil for a cycle.
  public let spread: Double?
  /// Before fees.
  public let grossBasisPoints: Double
  /// After the fees of all legs.
  public let netBasisPoints: Double
  /// The input clock when the window fired.
  public let detectedAt: Timestamp

  public init(
    detector: String, type: String, windowStart: Timestamp, windowEnd: Timestamp, legs: [Leg], spread: Double?,
    grossBasisPoints: Double, netBasisPoints: Double, detectedAt: Timestamp
  ) {
    self.init(
      storedAs: Alert.identifier(detector: detector, windowStart: windowStart, windowEnd: windowEnd, legs: legs),
      detector: detector, type: type, windowStart: windowStart, windowEnd: windowEnd, legs: legs, spread: spread,
      grossBasisPoints: grossBasisPoints, netBasisPoints: netBasisPoints, detectedAt: detectedAt)
  }

  /// An alert that was made earlier, perhaps elsewhere, and keeps its identity.
  package init(
    storedAs id: String, detector: String, type: String, windowStart: Timestamp, windowEnd: Timestamp, legs: [Leg],
    spread: Double?, grossBasisPoints: Double, netBasisPoints: Double, detectedAt: Timestamp
  ) {
    self.id = id
    self.detector = detector
    self.type = type
    self.windowStart = windowStart
    self.windowEnd = windowEnd
    self.legs = legs
    self.spread = spread
    self.grossBasisPoints = grossBasisPoints
    self.netBasisPoints = netBasisPoints
    self.detectedAt = detectedAt
  }

  /// The first 32 hex digits of SHA-256 over detector, window start, window end and `side venue instrument` of each leg,
  /// joined by newlines.
  static func identifier(detector: String, windowStart: Timestamp, windowEnd: Timestamp, legs: [Leg]) -> String {
    var lines = [detector, String(windowStart.microseconds), String(windowEnd.microseconds)]
    lines += legs.map { "\($0.side.name) \($0.market.venue) \($0.market.instrument)" }
    let text = Array(lines.joined(separator: "\n").utf8)
    var digest = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_LENGTH))
    SHA256(text, text.count, &digest)
    let hexadecimal = Array("0123456789abcdef".utf8)
    let digits = digest.prefix(16).flatMap { [hexadecimal[Int($0 >> 4)], hexadecimal[Int($0 & 15)]] }
    return String(decoding: digits, as: UTF8.self)
  }
}
