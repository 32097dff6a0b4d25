/// Requests that the venue has not answered, by the number that they carry, and what they asked for.
public struct RequestLedger: Sendable {
  private var open: [Int64: [Subscription]] = [:]
  private var last: Int64 = 0

  /// What is unanswered beyond so many is forgotten, the oldest first.
  static let capacity = 4_096

  public init() {}

  /// The number for a request that is to be confirmed; without subscriptions for one whose answer says nothing.
  public mutating func number(for subscriptions: [Subscription] = []) -> Int64 {
    last += 1
    if !subscriptions.isEmpty { open[last] = subscriptions }
    if open.count > RequestLedger.capacity, let oldest = open.keys.min() { open[oldest] = nil }
    return last
  }

  /// What an unanswered request asked for of one symbol, which a venue that answers for each has now settled.
  public mutating func settle(_ number: Int64?, _ symbol: String) -> [Subscription] {
    guard let number, let asked = open[number] else { return [] }
    let rest = asked.filter { $0.symbol != symbol }
    open[number] = rest.isEmpty ? nil : rest
    return asked.filter { $0.symbol == symbol }
  }

  /// The venue has answered: `refusal` is its message where it will not serve what was asked for. A refusal of nothing that
  /// was asked for is an error of the venue's.
  public mutating func answered(_ number: Int64?, refusal: String? = nil, _ output: inout SessionOutput) {
    let asked = number.flatMap { open.removeValue(forKey: $0) } ?? []
    guard let refusal else {
      for subscription in asked { output.perform(.acknowledged(subscription)) }
      return
    }
    if asked.isEmpty { return output.perform(.venueError(refusal)) }
    for subscription in asked { output.perform(.refused(subscription, message: refusal)) }
  }
}
