public import ArbdFramework
public import Logging

/// What a program writes to its standard error: lines for our log and, of a source, news of its streams.
///
///     {"level":"warning","message":"the venue is slow"}
///     {"status":"stale","instrument":"BTC-USD","reason":"no trades for a minute"}
///
/// Anything else is a line for the log as it stands. A flood of them is cut short, and what was left out is counted.
public struct ProcessLog {
  /// What a program says of its streams.
  public struct Status: Sendable, Equatable {
    public var state = VenueStatus.State.live
    /// Nil: all of them.
    public var instrument: Instrument?
    public var reason: String?
  }

  private let logger: Logger
  private let name: String
  private var lines = LineReader(maximumLineBytes: 8_192, bufferBytes: 8_192)
  /// How many lines may still be written before the next second begins.
  private var allowance = ProcessLog.burst
  private var refilled = ContinuousClock.now
  private var omitted: UInt64 = 0

  /// Lines at once, and then in a second.
  private static let burst = 50
  private static let rate = 5

  public init(_ logger: Logger, name: String) { (self.logger, self.name) = (logger, name) }

  /// Takes what is there. False at the end.
  public mutating func read(
    from process: ChildProcess, at now: ContinuousClock.Instant = .now, _ take: (Status) -> Void = { _ in }
  ) -> Bool {
    var isOpen = true
    // A program that writes without end must not keep us here.
    for _ in 0..<16 {
      var isEmpty = false
      isOpen = lines.fill { buffer, offset in
        let count = process.readLog(&buffer, from: offset)
        isEmpty = count == nil
        return count
      }
      while let line = lines.nextLine() { note(line, at: now, take) }
      if isEmpty || !isOpen { break }
    }
    return isOpen
  }

  private mutating func note(
    _ line: LineReader.Line, at now: ContinuousClock.Instant, _ take: (Status) -> Void
  ) {
    guard case .bytes(let range) = line else {
      omitted += 1
      return
    }
    if range.isEmpty { return }
    let text = Array(lines.buffer[range])
    let read = ProcessLog.read(text.span.bytes)
    if let status = read?.status { return take(status) }
    guard mayWrite(at: now) else {
      omitted += 1
      return
    }
    if omitted > 0 {
      logger.notice("\(name): \(omitted) lines of its standard error are left out")
      omitted = 0
    }
    let message = read?.message ?? String(decoding: text.prefix(1_000), as: UTF8.self)
    logger.log(level: read?.level ?? .notice, "\(name): \(message.printable)")
  }

  private mutating func mayWrite(at now: ContinuousClock.Instant) -> Bool {
    let seconds = min(60, Int((now - refilled) / .seconds(1)))
    if seconds > 0 {
      allowance = min(ProcessLog.burst, allowance + seconds * ProcessLog.rate)
      refilled = now
    }
    guard allowance > 0 else { return false }
    allowance -= 1
    return true
  }

  /// A line that is an object with `status`, or with `message`; nil for any other.
  private static func read(_ line: RawSpan) -> (status: Status?, level: Logger.Level, message: String)? {
    var (state, instrument, reason): (String?, String?, String?) = (nil, nil, nil)
    var (level, message): (String?, String?) = (nil, nil)
    do throws(JSONError) {
      var json = JSONScanner(line)
      guard try json.nextIsObject() else { return nil }
      try json.beginObject()
      while let key = try json.nextKey() {
        if key == "status" {
          state = try json.readString().string
        } else if key == "instrument" {
          instrument = try json.readString().string
        } else if key == "reason" {
          reason = try json.readString().string
        } else if key == "level" {
          level = try json.readString().string
        } else if key == "message" {
          message = try json.readString().string
        } else {
          try json.skipValue()
        }
      }
      try json.finish()
    } catch {
      return nil
    }
    if let state = state.flatMap({ VenueStatus.State(rawValue: $0) }) {
      let status = Status(state: state, instrument: instrument.flatMap { Instrument($0) }, reason: reason)
      // A status of an instrument that is none would be one of all.
      if instrument == nil || status.instrument != nil { return (status, .info, "") }
    }
    guard let message else { return nil }
    return (nil, level.flatMap { Logger.Level(rawValue: $0) } ?? .notice, message)
  }
}
