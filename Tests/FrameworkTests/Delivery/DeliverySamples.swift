import Foundation
import Logging
import Synchronization

@testable import ArbdFramework

extension Alert {
  /// The alert of window `number`: buy at `buyVenue`, sell at `other`.
  static func sample(
    _ number: Int, detector: String = "btc", buyVenue: String = "binance", net: Double = -62.1
  ) -> Alert {
    let start = Timestamp(microseconds: Int64(number) * 10_000_000)
    let legs = [
      Leg(
        side: .buy, market: Market(venue: buyVenue, instrument: .btc), price: 60_044.000716612325, feeBasisPoints: 10),
      Leg(side: .sell, market: Market(venue: "coinbase", instrument: .btc), price: 60_091.25, feeBasisPoints: 60),
    ]
    return Alert(
      detector: detector, type: "spread", windowStart: start,
      windowEnd: Timestamp(microseconds: start.microseconds + 10_000_000), legs: legs, spread: 47.25 + Double(number),
      grossBasisPoints: 7.869, netBasisPoints: net,
      detectedAt: Timestamp(microseconds: start.microseconds + 12_000_000))
  }
}

/// A journal in memory that fails as its script says, and keeps what it is given over several runs.
final class ScriptedJournal: AlertJournal {
  struct State {
    var alerts: [JournaledAlert] = []
    var cursors: [String: Int64] = [:]
    var deadLetters: [DeadLetter] = []
    var renewals = 0
    var writes = 0
    /// What the next writes throw; nil for well.
    var outcomes: [JournalError?] = []
    var isClosed = false
    /// Why it cannot be opened.
    var refusal: JournalError?
    var reads = 0
    /// Why it cannot be read, until it is begun anew.
    var damage: JournalError?
    var trims = 0
    /// What the next trims throw; nil for well.
    var trimOutcomes: [JournalError?] = []
    /// Why it cannot be written, until something is trimmed.
    var fullness: JournalError?
  }

  let state: Mutex<State>
  /// Called by a read before it looks; what it gives is read instead.
  let whileReading = Mutex<(@Sendable () -> JournalPage?)?>(nil)

  init(_ outcomes: [JournalError?] = []) {
    state = Mutex(State(outcomes: outcomes))
  }

  var positions: [Int64] { state.withLock { $0.alerts.map(\.position) } }

  func open(sinks: [String]) throws(JournalError) -> JournalState {
    if let refusal = state.withLock({ $0.refusal }) { throw refusal }
    return state.withLock { state in
      state.isClosed = false
      let last = max(state.alerts.last?.position ?? 0, state.cursors.values.max() ?? 0)
      for sink in sinks where state.cursors[sink] == nil { state.cursors[sink] = last }
      return JournalState(lastPosition: last, cursors: state.cursors)
    }
  }

  func write(_ change: JournalChange) throws(JournalError) {
    let error: JournalError? = state.withLock { state in
      state.writes += 1
      if !state.outcomes.isEmpty, let error = state.outcomes.removeFirst() { return error }
      if let fullness = state.fullness { return fullness }
      state.alerts += change.alerts
      state.cursors.merge(change.cursors) { $1 }
      state.deadLetters += change.deadLetters
      return nil
    }
    if let error { throw error }
  }

  func read(after position: Int64, limit: Int) throws(JournalError) -> JournalPage {
    if let page = whileReading.withLock({ $0 })?() { return page }
    let damage = state.withLock { state in
      state.reads += 1
      return state.damage
    }
    if let damage { throw damage }
    let rows = state.withLock { Array($0.alerts.filter { $0.position > position }.prefix(limit)) }
    return JournalPage(alerts: rows, last: rows.last?.position, rows: rows.count)
  }

  func renew(cursors: [String: Int64]) throws(JournalError) {
    state.withLock { state in
      state.renewals += 1
      state.damage = nil
      state.alerts = []
      state.cursors = cursors
    }
  }

  func trim(delivered: Int64) throws(JournalError) -> Int64? {
    let error: JournalError? = state.withLock { state in
      state.trims += 1
      if !state.trimOutcomes.isEmpty, let error = state.trimOutcomes.removeFirst() { return error }
      if state.trims > 1 { state.fullness = nil }
      return nil
    }
    if let error { throw error }
    return nil
  }

  func close() { state.withLock { $0.isClosed = true } }
}
