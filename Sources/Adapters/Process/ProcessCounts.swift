import ArbdFramework
import Synchronization

/// What a process source has seen, for the metrics.
final class ProcessCounts: Sendable {
  let starts = Atomic<UInt64>(0)
  let records = Atomic<UInt64>(0)
  let skipped = Atomic<UInt64>(0)
  let isRunning = Atomic<Bool>(false)

  var figures: [PluginFigure] {
    [
      PluginFigure("process_running", isRunning.load(ordering: .relaxed) ? 1 : 0),
      PluginFigure("process_starts", Double(starts.load(ordering: .relaxed))),
      PluginFigure("process_records", Double(records.load(ordering: .relaxed))),
      PluginFigure("process_skipped_lines", Double(skipped.load(ordering: .relaxed))),
    ]
  }
}
