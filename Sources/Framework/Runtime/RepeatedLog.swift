public import Logging

/// Log lines about things that can happen for every frame: the first of a kind is written at once, then at most one in
/// ten seconds, with how many there were since.
public struct RepeatedLog {
  private struct Silence {
    var until: ContinuousClock.Instant
    var suppressed = 0
  }

  public static let interval = Duration.seconds(10)

  private let logger: Logger
  private let now: () -> ContinuousClock.Instant
  private var silences: [String: Silence] = [:]

  public init(_ logger: Logger, now: @escaping () -> ContinuousClock.Instant = { .now }) {
    self.logger = logger
    self.now = now
  }

  /// `kind` names what is counted together; `message` is made only when it is written.
  public mutating func warn(_ kind: String, _ message: () -> String) {
    let instant = now()
    if let silence = silences[kind], instant < silence.until {
      silences[kind]?.suppressed += 1
      return
    }
    let suppressed = silences[kind]?.suppressed ?? 0
    silences[kind] = Silence(until: instant + RepeatedLog.interval)
    let more = suppressed > 0 ? " (and \(suppressed) more like it)" : ""
    logger.warning("\(message())\(more)")
  }
}
