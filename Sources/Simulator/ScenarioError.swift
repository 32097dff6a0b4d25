/// Why a text does not say what the simulator shall do, as a sentence for whoever wrote it.
package struct ScenarioError: Error, Sendable, Equatable, CustomStringConvertible {
  package let description: String

  package init(_ description: String) { self.description = description }
}
