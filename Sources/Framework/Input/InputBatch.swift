/// Consecutive events of one source, and the bytes they point into.
@frozen
public struct InputBatch: Sendable {
  @usableFromInline var storedEvents: [InputEvent] = []
  /// What the events point into is the first `byteCount` of it; the rest is room that has been cleared once.
  @usableFromInline var storage: [UInt8] = []
  @usableFromInline var byteCount = 0

  /// About as many events as fit the second-level cache beside what they touch.
  public static let usualCount = 1_024

  public init() {}

  @inlinable
  public var events: [InputEvent] { storedEvents }

  /// The bytes that the events' ranges count in.
  @inlinable
  public var bytes: RawSpan {
    @_lifetime(borrow self)
    get { storage.span.bytes.extracting(0..<byteCount) }
  }

  public mutating func append(_ event: InputEvent) { storedEvents.append(event) }

  /// Copies bytes in, for an event to point at.
  public mutating func store(_ content: RawSpan) -> ByteRange {
    fill(upTo: content.byteCount) { room in
      content.withUnsafeBytes { room.copyMemory(from: $0) }
      return content.byteCount
    }
  }

  /// The same, with the escapes of a JSON string replaced.
  public mutating func store(unescaping text: JSONText) -> ByteRange {
    // What is decoded is never longer than what is written.
    fill(upTo: text.bytes.byteCount) { text.unescape(into: $0) }
  }

  /// Reads a string out of a document, its escapes replaced on the way.
  mutating func store(stringOf json: inout JSONScanner) throws(JSONError) -> ByteRange {
    var result: Result<Int, JSONError> = .success(0)
    let range = fill(upTo: json.remainingBytes) { room in
      do throws(JSONError) {
        return try json.readString(into: room)
      } catch {
        result = .failure(error)
        return 0
      }
    }
    _ = try result.get()
    return range
  }

  /// Takes back what was stored last.
  mutating func removeBytes(from start: Int) { byteCount = min(byteCount, max(0, start)) }

  /// Hands out room for `count` bytes behind those that are stored; `body` fills a prefix of it and says how long that is.
  /// A reader of sockets receives straight into the batch in this way, and appends frames that lie in what it received.
  package mutating func fill(upTo count: Int, _ body: (UnsafeMutableRawBufferPointer) -> Int) -> ByteRange {
    let start = byteCount
    if storage.count - start < count { makeRoom(for: count) }
    let filled = storage.withUnsafeMutableBytes {
      body(UnsafeMutableRawBufferPointer(rebasing: $0[start..<start + count]))
    }
    byteCount += min(max(0, filled), count)
    return ByteRange(start: start, count: byteCount - start)
  }

  /// Changes stored bytes where they lie: unmasking, say.
  package mutating func withMutableBytes<Result>(
    _ range: ByteRange, _ body: (UnsafeMutableRawBufferPointer) throws -> Result
  ) rethrows -> Result {
    try storage.withUnsafeMutableBytes {
      try body(UnsafeMutableRawBufferPointer(rebasing: $0[range.start..<range.start + range.count]))
    }
  }

  private mutating func makeRoom(for count: Int) {
    let size = max(4_096, byteCount + count, 2 * storage.count)
    // Not by appending a repeated element, which a build for debugging does byte by byte.
    storage += [UInt8](repeating: 0, count: size - storage.count)
  }

  public func text(_ range: ByteRange) -> String {
    bytes.extracting(range.start..<range.start + range.count).withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
  }

  public mutating func removeAll() {
    storedEvents.removeAll(keepingCapacity: true)
    byteCount = 0
  }
}
