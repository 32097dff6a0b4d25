internal import ArbdFramework

/// What faults make of one venue's market events before they are written: events in, events out, in simulated time.
struct MarketFaults: Sendable {
  private var mutedUntil: Int64 = .min
  private var skewedUntil: Int64 = .min
  private var skew: Int64 = 0
  private var skipped = 0
  private var misnumbered = 0
  private var doubled = 0
  private var swapped = 0
  /// What becomes of the next messages about books, each kind so many times.
  private var deliveries: [(delivery: SimulatedQuote.Delivery, count: Int)] = []
  /// Trades that wait for their successor, by market.
  private var held: [Int: SimulatedTrade] = [:]
  private(set) var isActive = false

  /// How far back a wrong sequence is.
  static let wrongBy: Int64 = 1_000

  /// False when the fault is none of market data.
  mutating func begin(_ kind: Fault.Kind, at time: Timestamp) -> Bool {
    switch kind {
    case .mute(let duration): mutedUntil = MarketFaults.end(time, duration)
    case .skew(let amount, let duration):
      skew = amount.wholeNanoseconds / 1_000
      skewedUntil = MarketFaults.end(time, duration)
    case .skip(let count): skipped += count
    case .wrongSequence(let count): misnumbered += count
    case .duplicate(let count): doubled += count
    case .reorder(let count): swapped += count
    case .loseUpdates(let count): deliveries.append((.lost, count))
    case .repeatUpdates(let count): deliveries.append((.twice, count))
    case .reorderUpdates(let count): deliveries.append((.late, count))
    case .wrongChecksum(let count): deliveries.append((.withWrongChecksum, count))
    default: return false
    }
    isActive = true
    return true
  }

  private static func end(_ time: Timestamp, _ duration: Duration) -> Int64 {
    let (end, overflow) = time.microseconds.addingReportingOverflow(duration.wholeNanoseconds / 1_000)
    return overflow ? .max : end
  }

  mutating func transform(_ event: SimulatedEvent, into events: inout [SimulatedEvent]) {
    switch event {
    case .trade(let trade): transform(trade, into: &events)
    case .quote(var quote):
      quote.delivery = quote.time.microseconds < mutedUntil ? .muted : nextDelivery()
      shift(&quote.time)
      events.append(.quote(quote))
    }
  }

  private mutating func nextDelivery() -> SimulatedQuote.Delivery {
    guard let first = deliveries.first else { return .sent }
    deliveries[0].count -= 1
    if first.count <= 1 { deliveries.removeFirst() }
    return first.delivery
  }

  private mutating func transform(_ original: SimulatedTrade, into events: inout [SimulatedEvent]) {
    var trade = original
    guard trade.time.microseconds >= mutedUntil else { return }
    if skipped > 0 {
      skipped -= 1
      return
    }
    shift(&trade.time)
    if misnumbered > 0 {
      misnumbered -= 1
      trade.tradeID -= MarketFaults.wrongBy
      trade.sequence -= MarketFaults.wrongBy
    }
    if let earlier = held.removeValue(forKey: trade.market) {
      events.append(.trade(trade))
      events.append(.trade(earlier))
    } else if swapped > 0 {
      swapped -= 1
      held[trade.market] = trade
    } else {
      events.append(.trade(trade))
      if doubled > 0 {
        doubled -= 1
        events.append(.trade(trade))
      }
    }
  }

  private func shift(_ time: inout Timestamp) {
    if time.microseconds < skewedUntil { time = Timestamp(microseconds: time.microseconds + skew) }
  }
}
