/// What whoever shows a run may ask of it, at any time, from any thread.
package struct RunView: Sendable {
  package let board: RunBoard
  package let markets: MarketTable
  package let snapshot: @Sendable () -> OperationsSnapshot
  /// Ends the run.
  package let stop: @Sendable () -> Void
  /// The newest alerts of its journal, oldest first, at most so many; none without a journal.
  package let recentAlerts: @Sendable (Int) -> [Alert]

  package init(
    board: RunBoard, markets: MarketTable, snapshot: @escaping @Sendable () -> OperationsSnapshot,
    stop: @escaping @Sendable () -> Void, recentAlerts: @escaping @Sendable (Int) -> [Alert]
  ) {
    self.board = board
    self.markets = markets
    self.snapshot = snapshot
    self.stop = stop
    self.recentAlerts = recentAlerts
  }
}
