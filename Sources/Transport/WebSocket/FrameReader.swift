internal import ArbdFramework

/// Reads what a peer sends after the handshake, item by item, where it was received.
///
/// A message that came in one uncompressed frame, wholly received, is not copied: it is a range of the receive buffer
/// (with its mask taken off there). Any other is put together in the reader: `assembled`. So the caller never keeps more
/// of a frame than a header, or a control frame. Time and memory are in proportion to the bytes received, however they
/// are cut; what a frame's header claims costs nothing.
package struct FrameReader: ~Copyable {
  private let role: WebSocketRole
  private let maximumMessageBytes: Int
  private let allowsCompression: Bool
  private var inflater: Inflater
  private var message: Message?
  private var frame: OpenFrame?
  private var validator = UTF8Validator()
  private var storage = MessageStorage()
  private var isOver = false

  /// A message that was not read in one go.
  private struct Message {
    let kind: MessageKind
    let isCompressed: Bool
  }

  /// A frame of it, of which `payloadLeft` bytes have not been read.
  private struct OpenFrame {
    var payloadLeft: Int
    let payloadCount: Int
    let isFinal: Bool
    let mask: FrameMask?
  }

  /// - Parameters:
  ///   - role: which end this is; a server's reader takes masks off.
  ///   - maximumMessageBytes: of a message, put together and inflated.
  ///   - compression: what the handshake agreed on.
  package init(role: WebSocketRole, maximumMessageBytes: Int = 16 << 20, compression: DeflateParameters? = nil) {
    self.role = role
    self.maximumMessageBytes = max(0, maximumMessageBytes)
    allowsCompression = compression != nil
    inflater = Inflater(compression ?? DeflateParameters(), from: role == .client ? .server : .client)
  }

  /// The message that `next` has called assembled, until `next` is called again.
  package var assembled: RawSpan {
    @_lifetime(borrow self)
    get { storage.bytes }
  }

  /// Reads the next item from `offset` on and moves `offset` behind what was read; ranges count from the buffer's start.
  ///
  /// After `.incomplete(needed:)` the caller keeps the bytes from `offset` on (`FrameReader.mostKeptBytes` at most) and
  /// calls again once there are `needed` of them or more; in the same place or another. What follows a close frame or a
  /// violation is passed over.
  @inline(__always)
  package mutating func next(in buffer: UnsafeMutableRawBufferPointer, from offset: inout Int) -> ReceivedItem {
    guard !isOver, 0...buffer.count ~= offset else {
      offset = buffer.count
      return .incomplete(needed: 1)
    }
    do throws(ProtocolViolation) {
      return try read(buffer, &offset)
    } catch {
      isOver = true
      offset = buffer.count
      return .violation(error)
    }
  }

  /// A control frame that lacks its last byte.
  package static let mostKeptBytes = 6 + FrameHeader.mostControlBytes - 1

  private mutating func read(
    _ buffer: UnsafeMutableRawBufferPointer, _ offset: inout Int
  ) throws(ProtocolViolation) -> ReceivedItem {
    // The message that was handed out last: a large one's room is not kept by a connection that goes on with small ones.
    if storage.count > 0, message == nil { storage.removeAll() }
    while true {
      if frame != nil {
        if let item = try readPayload(buffer, &offset) { return item }
        continue
      }
      let bytes = UnsafeRawBufferPointer(rebasing: buffer[offset...])
      let header: FrameHeader
      let headerCount: Int
      switch try FrameHeader.read(bytes, by: role, allowsCompression: allowsCompression) {
      case .incomplete(let needed): return .incomplete(needed: needed)
      case .complete(let read, let count): (header, headerCount) = (read, count)
      }
      let isWhole = header.payloadCount <= bytes.count - headerCount
      let start = offset + headerCount
      if header.opcode.isControl {
        guard isWhole else { return .incomplete(needed: headerCount + header.payloadCount) }
        let range = unmask(buffer, start, header)
        offset = start + range.count
        return try control(header.opcode, range, in: buffer)
      }
      let limit = maximumMessageBytes
      if header.opcode == .continuation {
        guard let message else { throw .unexpectedContinuation }
        guard message.isCompressed || header.payloadCount <= limit - storage.count else {
          throw .messageTooBig(limit: limit)
        }
      } else {
        guard message == nil else { throw .unfinishedMessage }
        guard header.isCompressed || header.payloadCount <= limit else { throw .messageTooBig(limit: limit) }
        let kind = header.opcode == .text ? MessageKind.text : .binary
        if isWhole, header.isFinal, !header.isCompressed {
          let range = unmask(buffer, start, header)
          offset = start + range.count
          return try whole(kind, range, in: buffer)
        }
        message = Message(kind: kind, isCompressed: header.isCompressed)
        validator = UTF8Validator()
      }
      frame = OpenFrame(
        payloadLeft: header.payloadCount, payloadCount: header.payloadCount, isFinal: header.isFinal,
        mask: header.maskKey.map { FrameMask(key: $0) })
      offset = start
    }
  }

  // MARK: In the receive buffer

  @inline(__always)
  private func unmask(_ buffer: UnsafeMutableRawBufferPointer, _ start: Int, _ header: FrameHeader) -> ByteRange {
    if let key = header.maskKey {
      FrameMask(key: key).apply(
        to: UnsafeMutableRawBufferPointer(rebasing: buffer[start..<start + header.payloadCount]))
    }
    return ByteRange(start: start, count: header.payloadCount)
  }

  @inline(__always)
  private func whole(
    _ kind: MessageKind, _ range: ByteRange, in buffer: UnsafeMutableRawBufferPointer
  ) throws(ProtocolViolation) -> ReceivedItem {
    guard kind == .text else { return .binary(range) }
    guard isUTF8(range, in: buffer) else { throw .invalidUTF8 }
    return .text(range)
  }

  @inline(__always)
  private func isUTF8(_ range: ByteRange, in buffer: UnsafeMutableRawBufferPointer) -> Bool {
    var validator = UTF8Validator()
    return validator.accept(UnsafeRawBufferPointer(rebasing: buffer[range.start..<range.start + range.count]))
      && validator.isComplete
  }

  private mutating func control(
    _ opcode: FrameHeader.Opcode, _ range: ByteRange, in buffer: UnsafeMutableRawBufferPointer
  ) throws(ProtocolViolation) -> ReceivedItem {
    switch opcode {
    case .ping: return .ping(range)
    case .pong: return .pong(range)
    default: break
    }
    isOver = true
    guard range.count > 0 else { return .close(nil, reason: range) }
    guard range.count >= 2 else { throw .closePayloadTooShort }
    let code = CloseCode(rawValue: UInt16(buffer[range.start]) << 8 | UInt16(buffer[range.start + 1]))
    guard code.isSendable else { throw .closeCode(code) }
    let reason = ByteRange(start: range.start + 2, count: range.count - 2)
    guard isUTF8(reason, in: buffer) else { throw .closeReasonNotUTF8 }
    return .close(code, reason: reason)
  }

  // MARK: Put together

  /// Reads what there is of the open frame's payload. Gives nothing when the frame is over and its message is not.
  private mutating func readPayload(
    _ buffer: UnsafeMutableRawBufferPointer, _ offset: inout Int
  ) throws(ProtocolViolation) -> ReceivedItem? {
    guard var frame, let message else { return nil }
    let count = min(frame.payloadLeft, buffer.count - offset)
    let piece = UnsafeMutableRawBufferPointer(rebasing: buffer[offset..<offset + count])
    frame.mask?.apply(to: piece, phase: frame.payloadCount - frame.payloadLeft)
    frame.payloadLeft -= count
    offset += count
    self.frame = frame.payloadLeft > 0 ? frame : nil

    let stored = storage.count
    if message.isCompressed {
      try inflater.inflate(UnsafeRawBufferPointer(piece), into: &storage, limit: maximumMessageBytes)
    } else {
      storage.append(UnsafeRawBufferPointer(piece))
    }
    let isEnd = frame.payloadLeft == 0 && frame.isFinal
    if isEnd, message.isCompressed { try inflater.finish(into: &storage, limit: maximumMessageBytes) }
    if message.kind == .text {
      guard storage.withBytes(from: stored, { validator.accept($0) }), !isEnd || validator.isComplete else {
        throw .invalidUTF8
      }
    }
    if isEnd {
      self.message = nil
      return .assembled(message.kind)
    }
    return frame.payloadLeft > 0 ? .incomplete(needed: 1) : nil
  }
}
