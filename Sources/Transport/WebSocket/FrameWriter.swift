/// Writes frames behind what a buffer holds. Allocates only when the buffer, or its own scratch room for compression, is
/// too small.
package struct FrameWriter: ~Copyable {
  private let role: WebSocketRole
  private let compresses: Bool
  private var deflater: Deflater
  private var deflated = MessageStorage()
  private var keys: MaskKeys

  /// - Parameters:
  ///   - role: which end this is; a client's frames are masked.
  ///   - compression: what the handshake agreed on; data messages are then compressed.
  ///   - keys: where a client's masks come from.
  package init(role: WebSocketRole, compression: DeflateParameters? = nil, keys: MaskKeys = MaskKeys()) {
    self.role = role
    self.keys = keys
    compresses = compression != nil
    deflater = Deflater(compression ?? DeflateParameters(), from: role)
  }

  /// A message in one frame. A text must be UTF-8.
  package mutating func append(_ kind: MessageKind, _ payload: RawSpan, to output: inout [UInt8]) {
    payload.withUnsafeBytes { append(kind, $0, to: &output) }
  }

  package mutating func append(text: String, to output: inout [UInt8]) {
    var text = text
    text.withUTF8 { append(.text, UnsafeRawBufferPointer($0), to: &output) }
  }

  /// A ping's payload is cut off behind 125 bytes, the most that it may have.
  package mutating func append(ping payload: RawSpan, to output: inout [UInt8]) {
    payload.withUnsafeBytes { appendControl(.ping, $0, to: &output) }
  }

  /// The answer to a ping: the same bytes.
  package mutating func append(pong payload: RawSpan, to output: inout [UInt8]) {
    payload.withUnsafeBytes { appendControl(.pong, $0, to: &output) }
  }

  /// The last frame that may be sent. Without a code, or with one that may not be sent, it is empty; the reason is cut off
  /// behind 123 bytes, between characters.
  package mutating func append(close code: CloseCode?, reason: String = "", to output: inout [UInt8]) {
    guard let code, code.isSendable else {
      return appendControl(.close, UnsafeRawBufferPointer(start: nil, count: 0), to: &output)
    }
    var payload = [UInt8(code.rawValue >> 8), UInt8(code.rawValue & 0xFF)]
    for scalar in reason.unicodeScalars {
      let bytes = UTF8.encode(scalar).map(Array.init) ?? []
      guard payload.count + bytes.count <= FrameHeader.mostControlBytes else { break }
      payload += bytes
    }
    payload.withUnsafeBytes { appendControl(.close, $0, to: &output) }
  }

  private mutating func append(_ kind: MessageKind, _ payload: UnsafeRawBufferPointer, to output: inout [UInt8]) {
    let opcode = kind == .text ? FrameHeader.Opcode.text : .binary
    deflated.removeAll()
    guard compresses, deflater.deflate(payload, into: &deflated) else {
      return appendFrame(opcode, payload, isCompressed: false, to: &output)
    }
    let key = nextKey()
    deflated.withBytes(from: 0) {
      FrameWriter.appendFrame(opcode, $0, isCompressed: true, maskKey: key, to: &output)
    }
  }

  private mutating func appendControl(
    _ opcode: FrameHeader.Opcode, _ payload: UnsafeRawBufferPointer, to output: inout [UInt8]
  ) {
    let allowed = UnsafeRawBufferPointer(rebasing: payload.prefix(FrameHeader.mostControlBytes))
    appendFrame(opcode, allowed, isCompressed: false, to: &output)
  }

  private mutating func appendFrame(
    _ opcode: FrameHeader.Opcode, _ payload: UnsafeRawBufferPointer, isCompressed: Bool, to output: inout [UInt8]
  ) {
    FrameWriter.appendFrame(opcode, payload, isCompressed: isCompressed, maskKey: nextKey(), to: &output)
  }

  private mutating func nextKey() -> UInt32? { role == .client ? keys.next() : nil }

  private static func appendFrame(
    _ opcode: FrameHeader.Opcode, _ payload: UnsafeRawBufferPointer, isCompressed: Bool, maskKey: UInt32?,
    to output: inout [UInt8]
  ) {
    FrameHeader(opcode, payloadCount: payload.count, maskKey: maskKey, isCompressed: isCompressed).append(to: &output)
    let start = output.count
    output.append(contentsOf: payload)
    guard let maskKey else { return }
    output.withUnsafeMutableBytes {
      FrameMask(key: maskKey).apply(to: UnsafeMutableRawBufferPointer(rebasing: $0[start...]))
    }
  }
}
