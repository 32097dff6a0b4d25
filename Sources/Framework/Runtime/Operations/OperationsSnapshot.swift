/// All that is known of a run from outside, at one moment.
package struct OperationsSnapshot: Sendable {
  package enum Phase: String, Sendable {
    /// Opening sources and connecting sinks.
    case starting
    case running
    case stopping
  }

  package var phase = Phase.starting
  /// Since the run was made.
  package var elapsed = Duration.zero
  /// Since the core's thread last began a turn; nil when it has no thread, before and after its work.
  package var sinceTurn: Duration?
  /// How old `core` is; nil while there is none.
  package var coreAge: Duration?
  package var core: CoreSnapshot?
  /// Those that are no venues, in the order of the config.
  package var inputs: [InputSnapshot] = []
  /// The live sources, in the order of the config.
  package var venues: [String] = []
  package var sinks: [SinkSnapshot] = []
  /// Nil when alerts are kept in memory alone.
  package var journal: JournalCounts?

  package init() {}
}

/// A source that is no venue.
package struct InputSnapshot: Sendable {
  /// `sources[0] replay`
  package let name: String
  package let isOpen: Bool
  /// Why it brings nothing at present.
  package var fault: String?
  /// What the source measures itself.
  package var figures: [PluginFigure] = []
}

package struct SinkSnapshot: Sendable {
  package let name: String
  package let isConnected: Bool
  /// Why it does not deliver at present.
  package let fault: String?
  /// Records that wait for it.
  package let queued: Int
  package let capacity: Int
  package let counts: SinkCounts
  /// What the sink measures itself.
  package let figures: [PluginFigure]

  package init(
    name: String, isConnected: Bool, fault: String?, queued: Int, capacity: Int, counts: SinkCounts,
    figures: [PluginFigure] = []
  ) {
    self.name = name
    self.isConnected = isConnected
    self.fault = fault
    self.queued = queued
    self.capacity = capacity
    self.counts = counts
    self.figures = figures
  }
}
