import ArbdFramework
import ArbdTransport

/// The server's end of a WebSocket.
final class WebSocketPeer {
  enum Message: Equatable {
    case text(String)
    case binary(byteCount: Int)
    case ping([UInt8])
    case pong([UInt8])
    case close(CloseCode?, String)
    case violation
    /// The client has left.
    case end
  }

  let peer: Peer
  private var reader: FrameReader
  private var writer: FrameWriter
  private var bytes: [UInt8] = []

  /// Accepts a client; `frames` go into the same packet as the answer.
  init?(_ peer: Peer, compression limits: DeflateParameters? = nil, frames: [UInt8] = []) {
    var headReader = HTTPHeadReader()
    guard let (head, _) = try? headReader.read(Array(peer.receiveHead().head.utf8).span.bytes),
      let handshake = try? ServerHandshake(head)
    else { return nil }
    let (response, compression) = handshake.accept(compression: limits)
    self.peer = peer
    reader = FrameReader(role: .server, compression: compression)
    writer = FrameWriter(role: .server, compression: compression)
    peer.send(response + frames)
  }

  func next() -> Message {
    while true {
      var offset = 0
      let item = bytes.withUnsafeMutableBytes { reader.next(in: $0, from: &offset) }
      let message: Message? =
        switch item {
        case .text(let range): .text(String(decoding: content(range), as: UTF8.self))
        case .binary(let range): .binary(byteCount: range.count)
        case .assembled(.text): .text(WebSocketPeer.text(reader.assembled))
        case .assembled(.binary): .binary(byteCount: reader.assembled.byteCount)
        case .ping(let range): .ping(content(range))
        case .pong(let range): .pong(content(range))
        case .close(let code, let range): .close(code, String(decoding: content(range), as: UTF8.self))
        case .violation: .violation
        case .incomplete: nil
        }
      bytes.removeFirst(offset)
      if let message { return message }
      let more = peer.receive()
      guard !more.isEmpty else { return .end }
      bytes += more
    }
  }

  func send(_ text: String) {
    var output: [UInt8] = []
    writer.append(text: text, to: &output)
    peer.send(output)
  }

  func close(_ code: CloseCode?, _ reason: String = "") {
    var output: [UInt8] = []
    writer.append(close: code, reason: reason, to: &output)
    peer.send(output)
  }

  /// Sends texts back, answers a close frame, until the client leaves.
  func echo() {
    while true {
      switch next() {
      case .text(let text): send(text)
      case .close(let code, _): return close(code)
      case .end, .violation: return
      case .binary, .ping, .pong: break
      }
    }
  }

  private static func text(_ bytes: RawSpan) -> String {
    bytes.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
  }

  private func content(_ range: ByteRange) -> [UInt8] { Array(bytes[range.start..<range.start + range.count]) }
}

/// A frame of a server, written by hand.
func frame(_ first: UInt8, _ payload: [UInt8]) -> [UInt8] {
  switch payload.count {
  case ..<126: [first, UInt8(payload.count)] + payload
  case ..<65_536: [first, 126, UInt8(payload.count >> 8), UInt8(payload.count & 0xFF)] + payload
  default: [first, 127] + (0..<8).map { UInt8(truncatingIfNeeded: payload.count >> (56 - 8 * $0)) } + payload
  }
}
