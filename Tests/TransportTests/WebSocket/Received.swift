import ArbdFramework
import ArbdTransport
import Testing

/// An item with its bytes, or what ended the reading.
enum Received: Equatable {
  case message(MessageKind, [UInt8])
  case ping([UInt8])
  case pong([UInt8])
  case close(CloseCode?, reason: String)
  case violation(ProtocolViolation)

  static func text(_ text: String) -> Received { .message(.text, Array(text.utf8)) }
}

/// What a connection's reader is made with.
struct Reading {
  var role = WebSocketRole.client
  var limit = 16 << 20
  var compression: DeflateParameters?

  /// Receives the chunks one after the other, as a network loop does: what is left of one stays in front of the next.
  func items(of chunks: some Sequence<some Collection<UInt8>>) -> [Received] {
    var reader = FrameReader(role: role, maximumMessageBytes: limit, compression: compression)
    var items: [Received] = []
    var kept: [UInt8] = []
    for chunk in chunks {
      kept += chunk
      guard let offset = Reading.readAll(&kept, with: &reader, into: &items) else { return items }
      kept.removeFirst(offset)
      #expect(kept.count <= FrameReader.mostKeptBytes)
    }
    return items
  }

  func items(of bytes: [UInt8]) -> [Received] { items(of: [bytes]) }

  /// Gives where it ended; nil when that was a violation.
  private static func readAll(_ bytes: inout [UInt8], with reader: inout FrameReader, into items: inout [Received])
    -> Int?
  {
    var offset = 0
    while true {
      let before = offset
      let item = bytes.withUnsafeMutableBytes { reader.next(in: $0, from: &offset) }
      func content(_ range: ByteRange) -> [UInt8] { Array(bytes[range.start..<range.start + range.count]) }
      switch item {
      case .text(let range): items.append(.message(.text, content(range)))
      case .binary(let range): items.append(.message(.binary, content(range)))
      case .assembled(let kind): items.append(.message(kind, reader.assembled.withUnsafeBytes { Array($0) }))
      case .ping(let range): items.append(.ping(content(range)))
      case .pong(let range): items.append(.pong(content(range)))
      case .close(let code, let reason):
        items.append(.close(code, reason: String(decoding: content(reason), as: UTF8.self)))
      case .violation(let violation):
        items.append(.violation(violation))
        return nil
      case .incomplete(let needed):
        #expect(needed > bytes.count - offset, "asks for what it has")
        return offset
      }
      #expect(offset > before, "an item of no bytes")
    }
  }
}

/// A frame as a peer may send it, right or wrong.
func frame(
  _ opcode: FrameHeader.Opcode, _ payload: [UInt8] = [], mask: UInt32? = nil, isFinal: Bool = true,
  isCompressed: Bool = false
) -> [UInt8] {
  var bytes: [UInt8] = []
  FrameHeader(opcode, payloadCount: payload.count, maskKey: mask, isFinal: isFinal, isCompressed: isCompressed)
    .append(to: &bytes)
  guard let mask else { return bytes + payload }
  return bytes + payload.enumerated().map { $1 ^ UInt8(truncatingIfNeeded: mask >> (8 * ($0 % 4))) }
}
