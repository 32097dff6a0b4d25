internal import ArbdFramework

/// A connection to Binance as the venue sees it.
struct BinanceClient: Sendable {
  var format: BinanceFormat
  /// Names as they were sent, in order.
  private(set) var streams: [String] = []
  private var known: Set<String> = []
  private var messages: RollingWindow
  let ends: Timestamp
  var nextPing: Timestamp
  var hasNotice = false
  /// What a ping waits for: since when, and the bytes. Nil: no ping is out.
  var unanswered: (since: Timestamp, payload: [UInt8])?

  init(_ format: BinanceFormat, _ limits: BinanceLimits, at time: Timestamp) {
    self.format = format
    messages = RollingWindow(limit: limits.messagesPerSecond, length: 1_000_000)
    ends = Timestamp(microseconds: time.microseconds + limits.lifetime)
    nextPing = Timestamp(microseconds: time.microseconds + limits.pingInterval)
  }

  /// False when that is a message too many.
  mutating func countMessage(at time: Timestamp) -> Bool { messages.count(at: time.microseconds) }

  /// True when the stream is new.
  mutating func add(_ stream: String) -> Bool {
    guard known.insert(stream).inserted else { return false }
    streams.append(stream)
    return true
  }

  mutating func remove(_ stream: String) -> Bool {
    guard known.remove(stream) != nil else { return false }
    streams.removeAll { $0 == stream }
    return true
  }

  /// When something is due, given that no pong comes.
  func nextTick(_ limits: BinanceLimits) -> Timestamp {
    let end = hasNotice ? ends : Timestamp(microseconds: ends.microseconds - limits.shutdownNotice)
    let patience = unanswered.map { Timestamp(microseconds: $0.since.microseconds + limits.pongTimeout) }
    return min(end, nextPing, patience ?? end)
  }
}
