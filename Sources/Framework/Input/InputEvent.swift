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
  /// `market` nil: all markets of the connection; `channel` nil: all channels.
  case status(
    ConnectionID, market: MarketID?, channel: Channel?, VenueStatus.State, reason: ByteRange, at: Timestamp)
  case response(ConnectionID, request: Int, status: Int, body: ByteRange, at: Timestamp)
  case tick(Timestamp)
  /// An alert that another run has found, as its JSON.
  case alert(ByteRange, at: Timestamp)
  /// The records of a market go to another run from now on, or begin anew: what was seen of it is forgotten. Moves no
  /// clock.
  case released(MarketID, at: Timestamp)
  /// A detector, by its name, has fired all windows that ended by a time: in an earlier run, or in another. What its open
  /// windows held comes again behind this, and fires nothing until `rebuilt`.
  case resumed(detector: ByteRange, firedUntil: Timestamp, at: Timestamp)
  /// What comes for a detector behind this was not read before. Moves no clock.
  case rebuilt(detector: ByteRange, at: Timestamp)

  @inlinable
  public var receiveTime: Timestamp {
    switch self {
    case .record(let event): event.receiveTime
    case .frame(_, _, let time), .binaryFrame(_, _, let time), .connected(_, let time), .tick(let time): time
    case .disconnected(_, _, let time), .status(_, _, _, _, _, let time), .response(_, _, _, _, let time): time
    case .alert(_, let time), .released(_, let time), .resumed(_, _, let time), .rebuilt(_, let time): time
    }
  }
}
