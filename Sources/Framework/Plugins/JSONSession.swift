/// A session whose frames are JSON documents: it is given a scanner, and what is wrong with the document is seen to.
public protocol JSONSession: ExchangeSession {
  /// Reads one document, up to its end. Says what kind of frame it was; data that concerns nothing that was asked for is
  /// told from other data by what was emitted.
  mutating func read(
    _ json: inout JSONScanner, at time: Timestamp, _ output: inout SessionOutput
  ) throws(JSONError) -> FrameKind

  /// The same for the snapshot of a book that was asked for.
  mutating func readSnapshot(
    _ json: inout JSONScanner, at place: Int, _ time: Timestamp, _ output: inout SessionOutput
  ) throws(JSONError)
}

extension JSONSession {
  @inlinable
  public mutating func receive(
    _ frame: RawSpan, at time: Timestamp, _ output: inout SessionOutput
  ) throws(SessionError) -> FrameKind {
    try receiveJSON(frame, at: time, &output)
  }

  /// What `receive` does unless a session has frames that are no documents.
  @inlinable
  public mutating func receiveJSON(
    _ frame: RawSpan, at time: Timestamp, _ output: inout SessionOutput
  ) throws(SessionError) -> FrameKind {
    do throws(JSONError) {
      var json = JSONScanner(frame)
      let kind = try read(&json, at: time, &output)
      try json.finish()
      return kind
    } catch {
      throw SessionError(error)
    }
  }

  public mutating func readSnapshot(
    _ body: RawSpan, at place: Int, _ time: Timestamp, _ output: inout SessionOutput
  ) throws(SessionError) {
    do throws(JSONError) {
      var json = JSONScanner(body)
      try readSnapshot(&json, at: place, time, &output)
      try json.finish()
    } catch {
      throw SessionError(error)
    }
  }

  public mutating func readSnapshot(
    _ json: inout JSONScanner, at place: Int, _ time: Timestamp, _ output: inout SessionOutput
  ) throws(JSONError) { try json.skipValue() }
}

extension RawSpan {
  /// Whether these are the bytes of a text given as a literal.
  @inlinable
  public func isText(_ literal: StaticString) -> Bool { isEqual(to: literal) }
}

/// Where a scanner was, to come back to.
@frozen
public struct JSONPlace: Sendable {
  @usableFromInline let position: Int
  @usableFromInline let depth: Int
  @usableFromInline let isFresh: Bool

  @inlinable
  init(position: Int, depth: Int, isFresh: Bool) {
    self.position = position
    self.depth = depth
    self.isFresh = isFresh
  }
}

extension JSONScanner {
  /// Where it is now. For values that can be understood only once a later member has been read: note the place, skip the
  /// value, go back to it afterwards.
  @inlinable
  public var place: JSONPlace { JSONPlace(position: position, depth: depth, isFresh: isFresh) }

  /// Goes back to a place of the same document. Whatever had been read behind it has been checked.
  @inlinable
  public mutating func go(to place: JSONPlace) {
    position = min(max(0, place.position), bytes.byteCount)
    depth = place.depth
    isFresh = place.isFresh
  }
}
