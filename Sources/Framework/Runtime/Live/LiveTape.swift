internal import Logging

/// The captures of a run's live sources: which event goes into which file.
final class LiveTape {
  /// By place of the source; several may share one.
  private let recorders: [CaptureRecorder?]
  private let files: [CaptureRecorder]
  /// Where the events of a connection go, and what their lines call it.
  private struct Track {
    let file: Int
    let venue: String
    let number: Int
  }

  /// By number in the input log.
  private var tracks: [ConnectionID: Track] = [:]
  /// By file: lines that have not been handed over yet.
  private var lines: [[UInt8]]
  private var counts: [Int]
  private var lastFlush = Timestamp(microseconds: 0)
  private var hasMessages = true

  private static let usualBytes = 256 << 10

  /// Opens the files.
  init(_ sources: [LiveSource], logger: Logger) throws {
    var files: [CaptureRecorder] = []
    recorders = try sources.map { source in
      guard let options = source.options.recording else { return nil }
      if let known = files.first(where: { $0.path == options.path }) { return known }
      let recorder = try CaptureRecorder(options, logger: logger)
      files.append(recorder)
      return recorder
    }
    self.files = files
    lines = Array(repeating: [], count: files.count)
    counts = Array(repeating: 0, count: files.count)
  }

  /// A connection of the source, and its number at the venue. Where the capture goes on behind that of an earlier run, what
  /// that left open ends here.
  func add(_ connection: ConnectionID, source: Int, _ venue: String, _ number: Int, at time: Timestamp) {
    guard let recorder = recorders[source], let file = files.firstIndex(where: { $0 === recorder }) else { return }
    let track = Track(file: file, venue: venue, number: number)
    tracks[connection] = track
    guard recorder.goesOn else { return }
    var batch = InputBatch()
    let reason = batch.store("an earlier run ended".utf8Span.span.bytes)
    lines[file].append(
      captured: .disconnected(connection, reason: reason, at: time), of: batch, venue: venue, connection: number,
      MarketTable())
    counts[file] += 1
  }

  /// By file: events that are missing in it.
  var losses: [(path: String, lost: Int)] { files.map { ($0.path, $0.lost) } }

  /// Messages are left out from here on: the run is being stopped and detects nothing in them, nor shall a replay.
  func leaveOutMessages() { hasMessages = false }

  /// Writes the events down; what is there is handed to the files once a second at least.
  func record(_ batch: borrowing InputBatch, _ log: InputLog) {
    guard !files.isEmpty, let newest = batch.events.last?.receiveTime else { return }
    for event in batch.events {
      if let connection = event.connection {
        guard let track = tracks[connection], hasMessages || !event.isMessage else { continue }
        append(event, batch, track, log.markets)
      } else {
        // A tick is everybody's.
        for file in files.indices {
          append(event, batch, Track(file: file, venue: "", number: 0), log.markets)
        }
      }
    }
    let isDue = newest.microseconds - lastFlush.microseconds >= 500_000 || newest < lastFlush
    for file in files.indices where isDue || lines[file].count >= LiveTape.usualBytes { flush(file) }
    if isDue { lastFlush = newest }
  }

  private func append(_ event: InputEvent, _ batch: borrowing InputBatch, _ track: Track, _ markets: MarketTable) {
    lines[track.file].append(
      captured: event, of: batch, venue: track.venue, connection: track.number, markets)
    counts[track.file] += 1
  }

  private func flush(_ file: Int) {
    guard !lines[file].isEmpty else { return }
    files[file].write(lines[file], count: counts[file])
    lines[file] = []
    counts[file] = 0
  }

  /// Waits until all is written.
  func finish() {
    for file in files.indices {
      flush(file)
      files[file].finish()
    }
  }
}

extension InputEvent {
  fileprivate var isMessage: Bool {
    switch self {
    case .frame, .binaryFrame: true
    default: false
    }
  }

  /// Nil for what belongs to none.
  var connection: ConnectionID? {
    switch self {
    case .frame(let connection, _, _), .binaryFrame(let connection, _, _), .connected(let connection, _),
      .disconnected(let connection, _, _), .status(let connection, _, _, _, _, _),
      .response(let connection, _, _, _, _):
      connection
    case .record, .tick, .alert, .released, .resumed, .rebuilt: nil
    }
  }
}
