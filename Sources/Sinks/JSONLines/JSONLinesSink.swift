public import ArbdFramework
internal import Logging
internal import Synchronization

public struct JSONLinesOptions: PluginOptions {
  public var path = ""

  public init() {}

  public static let fields: [OptionField<Self>] = [
    .required("path", \.path, "File to append to; - is standard output.", .nonEmpty, .path)
  ]
}

/// Appends records to a file, one JSON object a line.
///
/// A batch is written before `deliver` returns; under `power` it is on the disk. On a full disk it is taken back, and tried
/// again; what standard output has taken stays there. A file that was renamed, removed or replaced is opened anew by its
/// path before the next batch. A line that a crash of the machine has cut off stays as it is, and the next start begins a
/// new one behind it: readers have to expect such a line.
public final class JSONLinesSink: Sink {
  public static let name = "jsonl"
  public static let summary = "Appends records to a file as JSON lines."
  public static let accepts: Set<Record.Kind> = [.alert, .trade, .quote, .window]

  private let path: String
  private let durability: Durability
  private let name: String
  private let logger: Logger
  private let file = Mutex<LineFile?>(nil)

  public init(options: JSONLinesOptions, context: PluginContext) {
    path = options.path
    durability = context.durability
    name = context.name
    logger = context.logger
  }

  public func connect() async throws(DeliveryError) {
    guard !isStandardOutput else { return }
    let opened = try open()
    file.withLock { $0 = opened }
  }

  public func deliver(_ batch: [Record]) async throws(DeliveryError) {
    guard !isStandardOutput else { return try StandardOutput.shared.append(batch) }
    let lines = batch.lines
    let written: Result<Void, DeliveryError> = file.withLock { file in
      guard var current = file else { return .failure(DeliveryError("\(path) is not open", verdict: .reconnect)) }
      if !current.isInPlace {
        do throws(DeliveryError) { current = try open() } catch { return .failure(error) }
        file = current
        logger.notice(
          "sink \(name): \(path) was renamed, removed or replaced; what follows is written to the one that is there now"
        )
      }
      return current.append(lines)
    }
    try written.get()
  }

  public func close() async {
    file.withLock { $0 = nil }
  }

  private var isStandardOutput: Bool { path == "-" }

  private func open() throws(DeliveryError) -> LineFile {
    try LineFile(path: path, waitsForDisk: durability == .power)
  }
}
