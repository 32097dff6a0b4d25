internal import ArbdFramework

/// What a simulated venue lists.
package struct SimulatedInstrument: Sendable, Hashable {
  package let symbol: String

  package init(symbol: String) { self.symbol = symbol }
}
