package import ArbdFramework

/// Everything that the pages are made of.
package struct OperationsReport: Sendable {
  package var run: OperationsSnapshot
  package var process: ProcessStatus
  /// The program's.
  package var version: String

  package init(run: OperationsSnapshot, process: ProcessStatus, version: String) {
    self.run = run
    self.process = process
    self.version = version
  }
}
