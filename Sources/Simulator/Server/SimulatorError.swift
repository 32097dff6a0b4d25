/// Why the simulator cannot start, as a sentence.
package struct SimulatorError: Error, Sendable, Equatable, CustomStringConvertible {
  package let description: String

  package init(_ description: String) { self.description = description }
}
