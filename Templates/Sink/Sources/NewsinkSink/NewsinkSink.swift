public import ArbdFramework
import Glibc
import Synchronization

/// Appends a line to a file for each alert: its id and what it says, in this place of the destination that you have in mind.
///
/// The runtime queues, batches, retries and measures; no two calls overlap.
public final class NewsinkSink: Sink {
  public static let name = "newsink"
  public static let summary = "Appends a line to a file for each alert."
  public static let accepts: Set<Record.Kind> = [.alert]

  private let path: String
  private let file = Mutex<Int32?>(nil)

  public init(options: NewsinkOptions, context: PluginContext) { path = options.path }

  public func connect() async throws(DeliveryError) {
    let opened = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o644)
    guard opened >= 0 else { throw DeliveryError("cannot open \(path)", verdict: .retry()) }
    file.withLock { $0 = opened }
  }

  /// Returns once the batch is where the sink promises to put it: here, in the file.
  public func deliver(_ batch: [Record]) async throws(DeliveryError) {
    var lines: [UInt8] = []
    for case .alert(let alert) in batch {
      lines += "\(alert.id) \(alert.detector) \(alert.grossBasisPoints) bps\n".utf8
    }
    let verdict: DeliveryError.Verdict? = file.withLock { file in
      guard let file else { return .reconnect }
      return write(file, lines, lines.count) == lines.count ? nil : .retry()
    }
    // A batch of which some has arrived is offered again: readers tell by the id.
    if let verdict { throw DeliveryError("cannot write to \(path)", verdict: verdict) }
  }

  public func close() async {
    file.withLock { file in
      if let file { _ = Glibc.close(file) }
      file = nil
    }
  }
}
