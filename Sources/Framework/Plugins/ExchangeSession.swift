/// One connection's conversation with a venue, as a value: frames in, events and messages out. Same inputs, same outputs;
/// no socket, clock, task or random number.
///
/// One thread owns it. `connected` comes first, then the others in the order of the input log. After a disconnect the
/// session is dropped and a fresh one made.
public protocol ExchangeSession: Sendable {
  /// What the connection carries, by the venue's symbols.
  var symbols: SymbolTable { get }

  /// How order books are kept, where there are any.
  var bookRules: BookRules { get }

  /// The socket is open: asks for the plan's subscriptions.
  mutating func connected(at time: Timestamp, _ output: inout SessionOutput)

  /// A text frame, borrowed: read in place, never kept. Says what kind of frame it was; an error says that it was none
  /// that can be read, and what to do about it.
  mutating func receive(
    _ frame: RawSpan, at time: Timestamp, _ output: inout SessionOutput
  ) throws(SessionError) -> FrameKind

  /// Frames `range` of a batch, all of this connection. The runtime calls this, once for many frames; what is given
  /// calls the above for each and has no need of another.
  mutating func receive(_ batch: borrowing InputBatch, _ range: Range<Int>, _ output: inout SessionOutput)

  /// The answer to a request that the session asked for.
  mutating func response(
    _ request: Int, status: Int, _ body: RawSpan, at time: Timestamp, _ output: inout SessionOutput
  ) throws(SessionError)

  /// What stands behind the venue's REST address to ask for all levels of a book: where `bookRules` say that snapshots are
  /// requested.
  func snapshotPath(at place: Int) -> String?

  /// The answer to that, with status 200: reads it as a frame, with `SessionOutput.replaceBook`.
  mutating func readSnapshot(
    _ body: RawSpan, at place: Int, _ time: Timestamp, _ output: inout SessionOutput
  ) throws(SessionError)

  /// By the venue's rule, of a book as it is after an update that came with one; nil where there is no rule.
  func checksum(of book: borrowing OrderBook, at place: Int) -> UInt32?

  /// A second has passed without anything else, or a moment that the runtime found fit.
  mutating func tick(at time: Timestamp, _ output: inout SessionOutput) throws(SessionError)

  /// Asks for streams again, or for fewer: how the runtime mends one that went silent.
  mutating func subscribe(_ subscriptions: [Subscription], _ output: inout SessionOutput)
  mutating func unsubscribe(_ subscriptions: [Subscription], _ output: inout SessionOutput)
}

extension ExchangeSession {
  /// Each frame ends in one count and leaves at least one event.
  @inlinable
  public mutating func receive(_ batch: borrowing InputBatch, _ range: Range<Int>, _ output: inout SessionOutput) {
    let bytes = batch.bytes
    for place in range {
      guard case .frame(_, let content, let time) = batch.storedEvents[place] else { continue }
      output.beginFrame()
      if content.count > FrameLimits.maximumBytes {
        output.rejectFrame(SessionError(.tooLarge), at: time)
      } else {
        do throws(SessionError) {
          let frame = bytes.extracting(content.start..<content.start + content.count)
          let kind = try receive(frame, at: time, &output)
          output.endFrame(kind, at: time) { checksum(of: $0, at: $1) }
        } catch {
          output.rejectFrame(error, at: time)
        }
      }
    }
  }

  public var bookRules: BookRules { BookRules() }

  public mutating func connected(at time: Timestamp, _ output: inout SessionOutput) {
    subscribe(symbols.subscriptions, &output)
  }

  public func snapshotPath(at place: Int) -> String? { nil }

  public mutating func readSnapshot(
    _ body: RawSpan, at place: Int, _ time: Timestamp, _ output: inout SessionOutput
  ) throws(SessionError) {}

  public func checksum(of book: borrowing OrderBook, at place: Int) -> UInt32? { nil }

  public mutating func response(
    _ request: Int, status: Int, _ body: RawSpan, at time: Timestamp, _ output: inout SessionOutput
  ) throws(SessionError) {}

  public mutating func tick(at time: Timestamp, _ output: inout SessionOutput) throws(SessionError) {}
}

/// What a frame was. Every frame is counted under exactly one kind, or as undecodable under one reason.
public enum FrameKind: Int, Sendable, CaseIterable {
  /// Market data of a subscribed stream, a repeated trade included.
  case data
  /// Acknowledgements, errors, heartbeats, pongs.
  case control
  /// Known, and of no use here: another channel, an instrument that was not asked for, history.
  case ignored
  /// A message type that the session does not know.
  case unknown
}

/// Why a frame could not be read.
public enum UndecodableReason: String, Sendable, CaseIterable {
  case malformedJSON = "malformed_json"
  case wrongType = "wrong_type"
  case missingField = "missing_field"
  /// A price, size or id that the rules of the channel do not allow, or with more digits than are held.
  case badNumber = "bad_number"
  case badTime = "bad_time"
  /// A field that is there, of the right type, and makes no sense.
  case badValue = "bad_value"
  case binary
  case tooLarge = "too_large"
}

/// A frame that cannot be read, and what to do next.
public struct SessionError: Error, Sendable, Equatable {
  public enum Remedy: Sendable, Equatable {
    /// Skip the frame; the connection goes on.
    case skip
    /// The streams of these markets are no longer to be trusted: ask for them again.
    case resubscribe([MarketID])
    case reconnect
    /// Reconnecting would not help.
    case stop
  }

  public let reason: UndecodableReason
  /// The field concerned, by the venue's name for it.
  public let field: String?
  /// In bytes from the start of the frame, where known.
  public let offset: Int?
  public let remedy: Remedy

  public init(_ reason: UndecodableReason, field: String? = nil, offset: Int? = nil, remedy: Remedy = .skip) {
    self.reason = reason
    self.field = field
    self.offset = offset
    self.remedy = remedy
  }

  /// A frame that is not what its kind of message should be.
  public init(_ error: JSONError) {
    switch error.reason {
    case .wrongType: self.init(.wrongType, offset: error.offset)
    case .numberOutOfRange, .malformedNumber: self.init(.badNumber, offset: error.offset)
    default: self.init(.malformedJSON, offset: error.offset)
    }
  }
}

extension SessionError: CustomStringConvertible {
  public var description: String {
    var text = reason.rawValue
    if let field { text += " in \"\(field)\"" }
    if let offset { text += " at byte \(offset)" }
    return text
  }
}

/// What no frame of any venue reaches.
@usableFromInline
enum FrameLimits {
  /// A longer one is not parsed.
  @usableFromInline static var maximumBytes: Int { 16 << 20 }
}
