/// The taker fee of each venue, in basis points of what a leg receives. A venue without one has 0.
public struct FeeSchedule: Sendable, Equatable {
  private let takerBasisPoints: [String: Double]

  public init(takerBasisPoints: [String: Double] = [:]) {
    self.takerBasisPoints = takerBasisPoints
  }

  public func takerBasisPoints(at venue: String) -> Double { takerBasisPoints[venue] ?? 0 }

  public func names(_ venue: String) -> Bool { takerBasisPoints[venue] != nil }
}
