/// A stretch of an `InputBatch`'s bytes.
@frozen
public struct ByteRange: Sendable, Equatable {
  public let start: Int
  public let count: Int

  @inlinable
  public init(start: Int, count: Int) {
    self.start = start
    self.count = count
  }
}

/// A connection's number in an `InputLog`.
@frozen
public struct ConnectionID: Sendable, Hashable {
  public let index: Int32

  @inlinable
  public init(index: Int32) { self.index = index }
}

/// Something that happened outside. All that sessions and detectors ever learn is a sequence of these.
///
/// Every event is stamped with its receive time. Plain bytes: texts lie in the batch that holds the event.
@frozen
public enum InputEvent: Sendable {
  /// A trade or quote that needs no session.
  case record(MarketEvent)
  case frame(ConnectionID, ByteRange, at: Timestamp)
  /// A frame that is not text, by its length.
  case binaryFrame(ConnectionID, byteCount: Int, at: Timestamp)
  case connected(ConnectionID, at: Timestamp)
  case disconnected(ConnectionID, reason: ByteRange, at: Timestamp)
  /// `market` nil: all markets of the connection.
  case status(ConnectionID, market: MarketID?, VenueStatus.State, reason: ByteRange, at: Timestamp)
  case response(ConnectionID, request: Int, status: Int, body: ByteRange, at: Timestamp)
  case tick(Timestamp)

  @inlinable
  public var receiveTime: Timestamp {
    switch self {
    case .record(let event): event.receiveTime
    case .frame(_, _, let time), .binaryFrame(_, _, let time), .connected(_, let time), .tick(let time): time
    case .disconnected(_, _, let time), .status(_, _, _, _, let time), .response(_, _, _, _, let time): time
    }
  }
}

/// Consecutive events of one source, and the bytes they point into.
public struct InputBatch: Sendable {
  public private(set) var events: [InputEvent] = []
  public private(set) var bytes: [UInt8] = []

  /// About as many events as fit the second-level cache beside what they touch.
  public static let usualCount = 1_024

  public init() {}

  public mutating func append(_ event: InputEvent) { events.append(event) }

  /// Copies bytes in, for an event to point at.
  public mutating func store(_ content: RawSpan) -> ByteRange {
    let start = bytes.count
    content.withUnsafeBytes { bytes.append(contentsOf: $0) }
    return ByteRange(start: start, count: bytes.count - start)
  }

  /// The same, with the escapes of a JSON string replaced.
  public mutating func store(unescaping text: JSONText) -> ByteRange {
    let start = bytes.count
    bytes.append(unescaping: text)
    return ByteRange(start: start, count: bytes.count - start)
  }

  public func text(_ range: ByteRange) -> String {
    String(decoding: bytes[range.start..<range.start + range.count], as: UTF8.self)
  }

  public mutating func removeAll() {
    events.removeAll(keepingCapacity: true)
    bytes.removeAll(keepingCapacity: true)
  }
}
