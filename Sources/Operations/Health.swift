package import ArbdFramework

/// Whether the core's thread does anything at all.
package struct Health: Sendable, Equatable {
  /// Nil when all is well.
  package let problem: String?

  /// The core begins a turn at least once a second when it is not stuck.
  package static let patience = Duration.seconds(10)

  package init(_ run: OperationsSnapshot) {
    guard let age = run.sinceTurn, age > Health.patience else {
      problem = nil
      return
    }
    let full = run.sinks.filter { $0.queued >= $0.capacity }.map(\.name)
    let cause = full.isEmpty ? "" : "; it waits for room in the queue of \(full.joined(separator: ", "))"
    problem = "the core has not begun a turn for \(age.components.seconds) s\(cause)"
  }

  package var text: String { (problem ?? "ok") + "\n" }
}
