internal import ArbdFramework
internal import ArbdTransport

/// A connection that a client has opened, and what waits to be sent on it.
final class Peer {
  enum Phase: Equatable {
    /// Requests are answered one after the other.
    case http
    case webSocket
    /// A close frame has been sent; the client's answer is waited for.
    case closing
    /// Everything is said: once it is sent, TCP ends.
    case ending
    /// Only the client's end of TCP is waited for: closing over unread bytes would reset, and lose what was said last.
    case draining
  }

  let id: ConnectionID
  let server: VenueServer
  let stream: ByteStream
  var phase = Phase.http
  var input: [UInt8] = []
  var headReader = HTTPHeadReader()
  var reader = FrameReader(role: .server, maximumMessageBytes: Peer.maximumMessageBytes)
  /// For clients that have agreed on compression; all others get the same bytes.
  private var compressor: FrameWriter?

  private static let maximumMessageBytes = 1 << 20

  private var output: [UInt8] = []
  private var sent = 0
  /// All in nanoseconds of simulated time. When a connection that is to end is closed at the latest.
  var deadline: Int64?
  var stalledUntil: Int64?
  var dripsUntil: Int64?
  var isWatchedForWriting = false
  /// Stands in the list of those who have something to send.
  var isDirty = false
  /// Nothing is taken any more; the venue has forgotten the client.
  var isForgotten = false

  init(id: ConnectionID, server: VenueServer, stream: ByteStream) {
    self.id = id
    self.server = server
    self.stream = stream
  }

  var pendingBytes: Int { output.count - sent }

  func write(_ append: (inout [UInt8]) -> Void) { append(&output) }

  func openWebSocket(_ compression: DeflateParameters?) {
    phase = .webSocket
    guard let compression else { return }
    reader = FrameReader(
      role: .server, maximumMessageBytes: Peer.maximumMessageBytes, compression: compression)
    compressor = FrameWriter(role: .server, compression: compression)
  }

  /// A text in one frame; several peers may get the same `bytes`.
  func writeText(_ bytes: [UInt8], _ range: Range<Int>) {
    if compressor != nil {
      compressor?.append(.text, bytes.span.bytes.extracting(range), to: &output)
      return
    }
    FrameHeader(.text, payloadCount: range.count).append(to: &output)
    output.append(contentsOf: bytes[range])
  }

  func discardPending() {
    output.removeAll()
    sent = 0
  }

  /// Sends what the socket takes, at most `limit` bytes.
  func flush(limit: Int = .max) -> ByteStream.Transfer {
    var budget = limit
    while sent < output.count, budget > 0 {
      let end = budget == .max ? output.count : min(output.count, sent + budget)
      let result = output.withUnsafeBytes { stream.write(UnsafeRawBufferPointer(rebasing: $0[sent..<end])) }
      guard case .bytes(let count) = result else {
        compact()
        return result
      }
      sent += count
      if budget != .max { budget -= count }
    }
    compact()
    return .bytes(limit)
  }

  private func compact() {
    if sent == output.count {
      // A burst's room is given back.
      output.removeAll(keepingCapacity: output.capacity <= 1 << 20)
      sent = 0
    } else if sent > 1 << 16, sent > output.count / 2 {
      output.removeFirst(sent)
      sent = 0
    }
  }
}
