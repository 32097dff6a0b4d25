internal import Foundation

/// Joins the one source of a run to the sink that commits its places together with the alerts.
///
/// The core counts the alerts that it hands to the sink. An answer to `requestProgress` says how many there had been, so
/// that the source's order to commit names exactly the alerts that belong to its place.
///
/// Unchecked: everything mutable is guarded by `condition`.
public final class AlertTransactions: @unchecked Sendable {
  /// What the sink's thread is to do with the alerts up to a number.
  struct Order: Sendable {
    /// From 1 on.
    let number: Int64
    /// So many alerts had been found; those of earlier orders are not meant.
    let alerts: UInt64
    /// Nil: the alerts are dropped.
    let place: (any SourcePlace)?
  }

  /// With more alerts uncommitted the source waits.
  static let capacity: UInt64 = 65_536

  private let condition = Condition()
  private var orders: [Order] = []
  private var made: Int64 = 0
  private var done: Int64 = 0
  private var offered: UInt64 = 0
  private var settled: UInt64 = 0
  private var isEnded = false
  /// Told the number of each order.
  private var listener: (@Sendable (Int64) -> Void)?

  init() {}

  // MARK: The source

  /// Has the alerts up to the answer committed, together with the place.
  public func commit(_ place: any SourcePlace, for answer: ProgressAnswer) { add(answer.alerts, place) }

  /// Alerts up to the answer that were not ordered to be committed are dropped: their records come again, here or elsewhere.
  public func drop(upTo answer: ProgressAnswer) { add(answer.alerts, nil) }

  /// Whether an order has not been carried out.
  public var isUnderWay: Bool { condition.withLock { !isEnded && done < made } }

  /// Whether there are so many uncommitted alerts that no more should be found for now.
  public var isFull: Bool { condition.withLock { !isEnded && offered - settled >= AlertTransactions.capacity } }

  /// Waits until every order has been carried out, at most so long. False when some has not.
  public func wait(atMost limit: Duration) -> Bool {
    let deadline = ContinuousClock.now + limit
    return condition.withLock {
      while done < made, !isEnded { guard condition.wait(until: deadline) else { break } }
      return done >= made
    }
  }

  private func add(_ alerts: UInt64, _ place: (any SourcePlace)?) {
    let (number, listener) = condition.withLock {
      made += 1
      orders.append(Order(number: made, alerts: alerts, place: place))
      return (made, self.listener)
    }
    listener?(number)
  }

  // MARK: The core

  func noteOffered(_ count: UInt64) { condition.withLock { offered += count } }

  var offeredAlerts: UInt64 { condition.withLock { offered } }

  // MARK: The sink's thread

  /// Before the source starts.
  func onOrder(_ action: @escaping @Sendable (Int64) -> Void) { condition.withLock { listener = action } }

  func next() -> Order? { condition.withLock { orders.isEmpty ? nil : orders.removeFirst() } }

  func finished(_ order: Order) {
    condition.withLock {
      done = order.number
      settled = max(settled, order.alerts)
      condition.broadcast()
    }
  }

  /// Nothing is carried out any more.
  func end() {
    condition.withLock {
      isEnded = true
      condition.broadcast()
    }
  }
}
