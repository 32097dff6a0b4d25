internal import CZlib

/// Undoes permessage-deflate for one direction of a connection; owns the zlib stream, made with the first message.
struct Inflater: ~Copyable {
  private let direction: DeflateParameters.Direction
  private var opened: UnsafeMutablePointer<z_stream>?
  /// A final block has ended the deflate data; more may follow in the same window: RFC 7692, section 7.2.3.4.
  private var hasEnded = false

  /// What the sender has left off the end of a message.
  private static let tail: [UInt8] = [0x00, 0x00, 0xFF, 0xFF]
  private static let roomBytes = 1_024...65_536
  /// What data_type has when everything before is whole blocks.
  private static let isBetweenBlocks: CInt = 128

  init(_ parameters: DeflateParameters, from sender: WebSocketRole) { direction = parameters[from: sender] }

  deinit {
    guard let opened else { return }
    inflateEnd(opened)
    opened.deallocate()
  }

  /// Inflates a piece of a message. Stops as soon as the message is longer than `limit`.
  mutating func inflate(
    _ piece: UnsafeRawBufferPointer, into message: inout MessageStorage, limit: Int
  ) throws(ProtocolViolation) {
    let stream = open()
    var unread = piece
    while !unread.isEmpty {
      let part = UnsafeRawBufferPointer(rebasing: unread.prefix(1 << 30))
      unread = UnsafeRawBufferPointer(rebasing: unread[part.count...])
      stream.pointee.next_in = part.baseAddress?.assumingMemoryBound(to: UInt8.self)
      stream.pointee.avail_in = uInt(part.count)
      try drain(stream, into: &message, limit: limit)
    }
  }

  private mutating func drain(
    _ stream: UnsafeMutablePointer<z_stream>, into message: inout MessageStorage, limit: Int
  ) throws(ProtocolViolation) {
    var isDrained = false
    while !isDrained {
      if hasEnded {
        guard stream.pointee.avail_in > 0 else { return }
        // Unlike inflateReset it keeps the window.
        guard inflateResetKeep(stream) == Z_OK else { throw .invalidDeflate }
        hasEnded = false
      }
      let usual = Int(stream.pointee.avail_in) * 4
      let wanted = min(max(usual, Inflater.roomBytes.lowerBound), Inflater.roomBytes.upperBound)
      // One byte more than may come shows that it came.
      let room = min(wanted - 1, limit - message.count) + 1
      var status = Z_OK
      message.fill(upTo: room) { room in
        stream.pointee.next_out = room.baseAddress?.assumingMemoryBound(to: UInt8.self)
        stream.pointee.avail_out = uInt(room.count)
        status = CZlib.inflate(stream, Z_SYNC_FLUSH)
        return room.count - Int(stream.pointee.avail_out)
      }
      guard message.count <= limit else { throw .messageTooBig(limit: limit) }
      switch status {
      case Z_OK: isDrained = stream.pointee.avail_in == 0 && stream.pointee.avail_out > 0
      // Nothing left to do; not an error.
      case Z_BUF_ERROR: isDrained = true
      case Z_STREAM_END: hasEnded = true
      default: throw .invalidDeflate
      }
    }
  }

  /// Ends a message: what it has held back comes out.
  mutating func finish(into message: inout MessageStorage, limit: Int) throws(ProtocolViolation) {
    let stream = open()
    if !hasEnded {
      var failure: ProtocolViolation?
      Inflater.tail.withUnsafeBytes { tail in
        do throws(ProtocolViolation) {
          try inflate(tail, into: &message, limit: limit)
        } catch {
          failure = error
        }
      }
      if let failure { throw failure }
      guard stream.pointee.data_type & Inflater.isBetweenBlocks != 0 else { throw .invalidDeflate }
    }
    guard !direction.keepsContext else { return }
    guard inflateReset(stream) == Z_OK else { throw .invalidDeflate }
    hasEnded = false
  }

  private mutating func open() -> UnsafeMutablePointer<z_stream> {
    if let opened { return opened }
    let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    stream.initialize(to: z_stream())
    // Negative: without a zlib header. Senders that are told 8 use 9 where their zlib knows no 8. When there is no memory
    // the stream stays empty, and zlib refuses it with an error at every call.
    _ = arbd_inflateInit2(stream, -CInt(max(9, direction.windowBits)))
    opened = stream
    return stream
  }
}

/// One owner: it may go to another thread.
extension Inflater: @unchecked Sendable {}
