internal import Synchronization

/// Where the core's thread leaves what people want to see at once: of each market the last prices alone, and what detectors
/// found. Whoever shows them takes what has changed since he last did; how seldom he does costs the core nothing, since a
/// market's prices are written over the ones before.
///
/// The core notes prices in a draft of its own, without a lock, and adds that to the board once for each batch of events.
package final class RunBoard: Sendable {
  /// The last prices of a market, as far as it has brought any since the last time. `missing` where not.
  package struct Change: Sendable {
    package let market: MarketID
    package fileprivate(set) var last = Quantity.missing
    package fileprivate(set) var bid = Quantity.missing
    package fileprivate(set) var ask = Quantity.missing
    /// Whether there was a quote, which may have a side missing.
    package fileprivate(set) var hasQuote = false
    package fileprivate(set) var receiveTime: Timestamp
  }

  /// Everything since the last time.
  package struct News: Sendable {
    package fileprivate(set) var changes: [Change] = []
    /// Oldest first.
    package fileprivate(set) var alerts: [Alert] = []
    /// Windows that fired, oldest first.
    package fileprivate(set) var windows: [WindowSummary] = []
  }

  /// The last prices of the markets that have brought some, in the order in which they first did. One thread owns it.
  struct Draft: Sendable {
    private(set) var changes: [Change] = []
    /// By market number: 1 more than its place in `changes`, 0 where it has none.
    private var places: [Int32] = []

    mutating func note(_ trade: Trade) { changes[place(of: trade.market, trade.receiveTime)].last = trade.price }

    mutating func note(_ quote: Quote) { note(quote.bid, quote.ask, at: place(of: quote.market, quote.receiveTime)) }

    /// What is newer goes over what is older, as far as there is any.
    mutating func note(_ change: Change) {
      let place = place(of: change.market, change.receiveTime)
      if !change.last.isMissing { changes[place].last = change.last }
      if change.hasQuote { note(change.bid, change.ask, at: place) }
    }

    /// Keeps its room.
    mutating func removeAll() {
      forgetPlaces()
      changes.removeAll(keepingCapacity: true)
    }

    /// Gives what there is, and begins anew with an empty array.
    mutating func take(leaving empty: [Change]) -> [Change] {
      forgetPlaces()
      let taken = changes
      changes = empty
      return taken
    }

    private mutating func forgetPlaces() {
      for change in changes { places[Int(change.market.index)] = 0 }
    }

    @inline(__always)
    private mutating func note(_ bid: Quantity, _ ask: Quantity, at place: Int) {
      changes[place].bid = bid
      changes[place].ask = ask
      changes[place].hasQuote = true
    }

    @inline(__always)
    private mutating func place(of market: MarketID, _ time: Timestamp) -> Int {
      let number = Int(market.index)
      if number >= places.count {
        places.append(contentsOf: repeatElement(0, count: number + 1 - places.count))
      }
      let place = Int(places[number]) - 1
      if place >= 0 {
        changes[place].receiveTime = time
        return place
      }
      changes.append(Change(market: market, receiveTime: time))
      places[number] = Int32(changes.count)
      return changes.count - 1
    }
  }

  private struct State {
    var prices = Draft()
    /// Without its changes, which `prices` has.
    var news = News()
  }

  private let state = Mutex(State())

  /// Of alerts that nobody has taken, the newest so many are kept; and of windows.
  package static let alertCapacity = 4_096
  package static let windowCapacity = 1_024

  package init() {}

  /// Takes over what the core has noted, and leaves the draft empty, with its room.
  func add(_ draft: inout Draft) {
    guard !draft.changes.isEmpty else { return }
    state.withLock { state in
      for change in draft.changes { state.prices.note(change) }
    }
    draft.removeAll()
  }

  func note(_ alerts: [Alert]) {
    state.withLock { RunBoard.append(alerts, to: &$0.news.alerts, RunBoard.alertCapacity) }
  }

  func note(_ windows: [WindowSummary]) {
    state.withLock { RunBoard.append(windows, to: &$0.news.windows, RunBoard.windowCapacity) }
  }

  /// Keeps the newest, twice as many as wanted: to cut each time would move all of them for one.
  private static func append<Element>(_ new: [Element], to kept: inout [Element], _ capacity: Int) {
    kept += new
    if kept.count >= 2 * capacity { kept.removeFirst(kept.count - capacity) }
  }

  /// What there is since the last call. From one thread at a time.
  package func take() -> News {
    var taken = News()
    var room: [Change] = []
    // Made beforehand, so that the core need not grow it piece by piece.
    room.reserveCapacity(64)
    let changes = state.withLock { state in
      swap(&state.news, &taken)
      return state.prices.take(leaving: room)
    }
    taken.changes = changes
    taken.alerts = Array(taken.alerts.suffix(RunBoard.alertCapacity))
    taken.windows = Array(taken.windows.suffix(RunBoard.windowCapacity))
    return taken
  }
}
