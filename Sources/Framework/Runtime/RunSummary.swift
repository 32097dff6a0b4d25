/// How a run ended and everything it counted.
public struct RunSummary: Sendable {
  public enum End: String, Sendable {
    /// All sources came to their end.
    case finished
    case stopped
    case failed
  }

  public var end = End.failed
  /// What failed, in the order in which it did.
  public var failures: [String] = []
  public var duration = Duration.zero
  public var counts = PipelineCounts()
  /// In the order of the config.
  public var detectors: [(name: String, counts: DetectorCounts)] = []
  /// Windows with records that were not complete when the run was stopped.
  public var discardedWindows = 0
  /// What the sources counted themselves, such as lines that they skipped; in the order of the config.
  public var sources: [(name: String, counts: [String: UInt64])] = []
  /// For each detector that named some: the venues that brought it no record that counts. Mostly a slip in the config.
  public var silentVenues: [(detector: String, venues: [String])] = []
  /// By venue id.
  public var venues: [String: VenueCounts] = [:]
  /// In the order of the config.
  public var sinks: [(name: String, counts: SinkCounts)] = []
  /// Of the journal; nil when alerts were kept in memory alone, and so would not have survived a crash.
  public var journal: JournalCounts?

  init() {}

  init(end: End, _ pipeline: borrowing Pipeline) {
    self.end = end
    counts = pipeline.counts
    detectors = pipeline.detectorCounts
    discardedWindows = pipeline.openWindows
    venues = pipeline.venueCounts
  }

  /// The key of everything that is not a detector's; no detector may have this name.
  public static let ownKey = "arbd"

  /// The summary file: an object with the counts of each detector under its name, and all other counts under `arbd`.
  public var json: String {
    var root = JSONObjectWriter()
    for (name, counts) in detectors {
      root.object(name) { detector in
        detector.number("windows", counts.windows)
        detector.number("alerts", counts.alerts)
        detector.number("late", counts.late)
        detector.number("rejected", counts.rejected)
        if counts.truncated > 0 { detector.number("truncated", counts.truncated) }
      }
    }
    root.object(RunSummary.ownKey) { own in
      own.string("end", end.rawValue)
      if !failures.isEmpty { own.string("failure", failures.joined(separator: "; ")) }
      own.double("duration_s", duration / .seconds(1))
      own.number("events", counts.events)
      own.number("records", counts.records)
      own.number("trades", counts.trades)
      own.number("quotes", counts.quotes)
      own.number("alerts", counts.alerts)
      own.number("unpublished", counts.unpublished)
      own.number("discarded_windows", UInt64(discardedWindows))
      own.object("sources") { sources in
        for (name, counts) in self.sources {
          sources.object(name) { source in
            for (count, value) in counts.sorted(by: { $0.key < $1.key }) { source.number(count, value) }
          }
        }
      }
      own.object("state") { state in
        guard let journal else {
          state.string("kept_in", "memory")
          state.string("note", "alerts that were not delivered would not have survived a crash")
          return
        }
        state.string("kept_in", "journal")
        state.number("written", journal.written)
        state.number("failures", journal.failures)
        state.number("lost", journal.lost)
      }
      own.object("venues") { venues in
        for (venue, counts) in self.venues.sorted(by: { $0.key < $1.key }) { venues.object(venue, counts.write) }
      }
      own.object("sinks") { sinks in
        for (name, counts) in self.sinks {
          sinks.object(name) { sink in
            // The first two always; the others tell of trouble.
            for (place, count) in counts.named.enumerated() where place < 2 || count.value > 0 {
              sink.number(count.name, count.value)
            }
          }
        }
      }
    }
    return String(decoding: root.end(), as: UTF8.self) + "\n"
  }
}

extension VenueCounts {
  fileprivate func write(_ venue: inout JSONObjectWriter) {
    venue.object("frames") { frames in
      frames.number("total", self.frames.total)
      frames.number("data", self.frames.data)
      frames.number("control", self.frames.control)
      frames.number("ignored", self.frames.ignored)
      frames.number("unknown", self.frames.unknown)
      frames.number("undecodable", self.frames.undecodable)
      frames.object("undecodable_by_reason") { reasons in
        for reason in UndecodableReason.allCases where self.frames[reason] > 0 {
          reasons.number(reason.rawValue, self.frames[reason])
        }
      }
    }
    venue.number("connects", connects)
    venue.number("disconnects", disconnects)
    venue.number("acknowledged", acknowledged)
    venue.number("refused", refused)
    venue.number("venue_errors", venueErrors)
    venue.number("duplicates", duplicates)
    venue.number("missing", missing)
    venue.number("recovered", recovered)
    venue.number("status_changes", statusChanges)
    if bookUpdates > 0 || gaps > 0 {
      venue.object("books") { books in
        books.number("updates", bookUpdates)
        books.number("skipped", skippedUpdates)
        books.number("gaps", gaps)
        books.number("bad_levels", badLevels)
      }
    }
  }
}
