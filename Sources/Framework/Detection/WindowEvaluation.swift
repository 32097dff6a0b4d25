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

  /// The best routes of a window at these prices, best first, above the thresholds or below. Asked only where somebody
  /// wants window summaries.
  func bestRoutes(_ limit: Int, prices: [MemberPrice]) -> [WindowSummary.Route]
}

extension WindowEvaluation {
  public func bestRoutes(_ limit: Int, prices: [MemberPrice]) -> [WindowSummary.Route] { [] }
}

/// The first few of what is offered, in order; among equals those that came first.
struct BestFew<Element> {
  let limit: Int
  private(set) var elements: [Element] = []

  init(_ limit: Int) { self.limit = limit }

  var isFull: Bool { elements.count >= limit }

  mutating func offer(_ element: Element, isBefore: (Element, Element) -> Bool) {
    if isFull, let last = elements.last, !isBefore(element, last) { return }
    elements.insert(element, at: elements.firstIndex { isBefore(element, $0) } ?? elements.endIndex)
    if elements.count > limit { elements.removeLast() }
  }
}

/// Where detectors leave the summaries of windows that have fired, until the core takes them. One thread owns it.
final class WindowSummaries {
  private var pending: [WindowSummary] = []

  var isEmpty: Bool { pending.isEmpty }

  func append(_ summary: WindowSummary) { pending.append(summary) }

  func take() -> [WindowSummary] {
    defer { pending = [] }
    return pending
  }
}
