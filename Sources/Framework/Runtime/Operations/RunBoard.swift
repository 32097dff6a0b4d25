internal import Synchronization

/// Where the core's thread leaves what people want to see at once: of each market the last prices alone, and what detectors found.
/// Whoever shows them takes what has changed since he last did; how seldom he does costs the core nothing, since a market's
/// prices are written over the ones before.
///
/// The lock is held for a few stores by the core, and for a swap of two buffers by the reader.
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

  private struct State {
    var news = News()
    /// By market number: the round in which it changed last, and its place in `news.changes`.
    var places: [(round: UInt32, place: Int32)] = []
    var round: UInt32 = 1
  }

  private let state = Mutex(State())

  /// Of alerts that nobody has taken, the newest so many are kept; and of windows.
  package static let alertCapacity = 4_096
  package static let windowCapacity = 1_024

  package init() {}

  func note(_ trade: Trade) {
    state.withLock { state in
      let place = RunBoard.place(of: trade.market, trade.receiveTime, &state)
      state.news.changes[place].last = trade.price
    }
  }

  func note(_ quote: Quote) {
    state.withLock { state in
      let place = RunBoard.place(of: quote.market, quote.receiveTime, &state)
      state.news.changes[place].bid = quote.bid
      state.news.changes[place].ask = quote.ask
      state.news.changes[place].hasQuote = true
    }
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

  @inline(__always)
  private static func place(of market: MarketID, _ time: Timestamp, _ state: inout State) -> Int {
    let number = Int(market.index)
    if number >= state.places.count {
      state.places.append(contentsOf: repeatElement((round: 0, place: 0), count: number + 1 - state.places.count))
    }
    if state.places[number].round == state.round {
      let place = Int(state.places[number].place)
      state.news.changes[place].receiveTime = time
      return place
    }
    state.places[number] = (state.round, Int32(state.news.changes.count))
    state.news.changes.append(Change(market: market, receiveTime: time))
    return state.news.changes.count - 1
  }

  /// What there is since the last call. From one thread at a time.
  package func take() -> News {
    var taken = News()
    // Made beforehand, so that the core need not grow it piece by piece.
    taken.changes.reserveCapacity(64)
    state.withLock { state in
      swap(&state.news, &taken)
      state.round &+= 1
      // Once in 2³² rounds, so that no old place counts again.
      if state.round == 0 {
        state.places = []
        state.round = 1
      }
    }
    taken.alerts = Array(taken.alerts.suffix(RunBoard.alertCapacity))
    taken.windows = Array(taken.windows.suffix(RunBoard.windowCapacity))
    return taken
  }
}
