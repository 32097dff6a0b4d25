import Synchronization

/// An instrument at a venue.
public struct Market: Sendable, Hashable {
  public let venue: String
  public let instrument: Instrument

  public init(venue: String, instrument: Instrument) {
    self.venue = venue
    self.instrument = instrument
  }
}

extension Market: CustomStringConvertible {
  public var description: String { "\(venue) \(instrument)" }
}

/// A market's number in a `MarketTable`: small, dense, from 0 on. Arrays are indexed by it on the path of an event.
@frozen
public struct MarketID: Sendable, Hashable {
  public let index: Int32

  @inlinable
  public init(index: Int32) { self.index = index }
}

/// The numbers of all markets of a run. They are handed out in the order of first sight and say nothing else; no output
/// depends on them.
///
/// Shared by threads. A lock is taken to intern and to look up, so whoever needs a number for each event keeps its own
/// table of those it has seen (`ByteTable`).
public final class MarketTable: Sendable {
  private struct State {
    var markets: [Market] = []
    var numbers: [Market: MarketID] = [:]
  }

  private let state = Mutex(State())

  /// A table refuses more: a file of made-up instruments must not take all memory.
  public static let capacity = 1 << 20

  public init() {}

  /// The market's number; nil when the table is full.
  public func intern(_ market: Market) -> MarketID? {
    state.withLock { state in
      if let known = state.numbers[market] { return known }
      guard state.markets.count < MarketTable.capacity else { return nil }
      let number = MarketID(index: Int32(state.markets.count))
      state.markets.append(market)
      state.numbers[market] = number
      return number
    }
  }

  public subscript(_ number: MarketID) -> Market {
    state.withLock { $0.markets[Int(number.index)] }
  }

  public var count: Int { state.withLock { $0.markets.count } }

  /// The markets from number `start` on.
  public func markets(from start: Int) -> [Market] {
    state.withLock { Array($0.markets[start...]) }
  }
}
