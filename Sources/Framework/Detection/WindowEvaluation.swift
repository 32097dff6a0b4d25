/// The price of one member in a window.
@frozen
public struct MemberPrice: Sendable, Equatable {
  /// What a buy leg pays: the ask, or the price of trades. NaN when the member takes no part.
  public let buy: Double
  /// What a sell leg gets: the bid, or the price of trades. NaN when the member takes no part.
  public let sell: Double

  public init(buy: Double, sell: Double) {
    self.buy = buy
    self.sell = sell
  }

  public static let absent = MemberPrice(buy: .nan, sell: .nan)

  public var isPresent: Bool { buy.isFinite && sell.isFinite }
}

/// A window that has fired.
public struct FiredWindow: Sendable, Equatable {
  public let start: Timestamp
  /// Exclusive.
  public let end: Timestamp
  /// The input clock.
  public let detectedAt: Timestamp
}

/// What a detector computes from the prices of a fired window.
///
/// One thread owns it. Called when a window fires, not for each event.
public protocol WindowEvaluation: AnyObject {
  /// Whether the market is a member of the detector. Asked once for each market, in the order in which they appear; the
  /// markets that were answered with true number 0, 1, 2… from then on.
  func admit(_ market: Market) -> Bool

  /// Appends the window's alerts, in their order. `prices[n]` belongs to member number n. False when there was more to
  /// look at than is allowed for one window, so that some may be missing.
  func evaluate(_ window: FiredWindow, prices: [MemberPrice], into alerts: inout [Alert]) -> Bool
}
