import ArbdFramework
import ArbdTransport
import Glibc

/// A client over POSIX sockets, blocking: it waits for what comes, at the longest for a minute.
final class TestClient {
  enum Received: Equatable {
    case text(String)
    case ping(String)
    case pong(String)
    case close(UInt16?)
    case violation(ProtocolViolation)
    /// TCP has ended in good order, or was reset.
    case end
    case reset
    case nothing

    var text: String? { if case .text(let text) = self { text } else { nil } }
    var isOver: Bool {
      switch self {
      case .close, .violation, .end, .reset, .nothing: true
      default: false
      }
    }
  }

  let socket: Int32
  private var buffer: [UInt8] = []
  private var offset = 0
  private var reader = FrameReader(role: .client)
  private var writer = FrameWriter(role: .client)
  /// What single reads brought.
  private(set) var smallestRead = Int.max

  /// Nil when the connection is refused.
  init?(port: UInt16) {
    socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var name = sockaddr_in()
    name.sin_family = sa_family_t(AF_INET)
    name.sin_port = port.bigEndian
    name.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var patience = timeval(tv_sec: 60, tv_usec: 0)
    setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    let isOpen = withUnsafePointer(to: &name) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
    if !isOpen { return nil }
  }

  deinit { Glibc.close(socket) }

  func write(_ bytes: [UInt8]) { _ = Glibc.send(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL)) }

  /// Another stretch of bytes; nil when there will be none.
  private func receive() -> Received? {
    var piece = [UInt8](repeating: 0, count: 65_536)
    let count = recv(socket, &piece, piece.count, 0)
    guard count > 0 else { return count == 0 ? .end : errno == ECONNRESET ? .reset : .nothing }
    smallestRead = min(smallestRead, count)
    buffer.removeFirst(offset)
    offset = 0
    buffer += piece[..<count]
    return nil
  }

  /// A response: its head, and what follows it as far as `Content-Length` says.
  func get(_ target: String, headers: String = "") -> (head: String, body: String) {
    write(Array("GET \(target) HTTP/1.1\r\nHost: localhost\r\n\(headers)\r\n".utf8))
    while true {
      let text = String(decoding: buffer[offset...], as: UTF8.self)
      if let end = text.firstRange(of: "\r\n\r\n") {
        let head = String(text[..<end.lowerBound])
        let length = head.firstMatch(of: #/Content-Length: (\d+)/#).flatMap { Int($0.1) } ?? 0
        let body = text[end.upperBound...].utf8.prefix(length)
        if body.count == length {
          offset += head.utf8.count + 4 + length
          return (head, String(decoding: body, as: UTF8.self))
        }
      }
      if receive() != nil { return ("", "") }
    }
  }

  /// The head of the answer.
  @discardableResult
  func upgrade(_ target: String = "/", compressing: Bool = false) -> String {
    if compressing { reader = FrameReader(role: .client, compression: DeflateParameters()) }
    let headers =
      (compressing ? "Sec-WebSocket-Extensions: permessage-deflate\r\n" : "")
      + "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
      + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    return get(target, headers: headers).head
  }

  func send(_ text: String) {
    var bytes: [UInt8] = []
    writer.append(text: text, to: &bytes)
    write(bytes)
  }

  func ping(_ payload: String) {
    var bytes: [UInt8] = []
    let payload = Array(payload.utf8)
    writer.append(ping: payload.span.bytes, to: &bytes)
    write(bytes)
  }

  func close(_ code: CloseCode) {
    var bytes: [UInt8] = []
    writer.append(close: code, to: &bytes)
    write(bytes)
  }

  func next() -> Received {
    while true {
      let item = buffer.withUnsafeMutableBytes { reader.next(in: $0, from: &offset) }
      switch item {
      case .text(let range), .binary(let range): return .text(string(range))
      case .assembled: return .text(reader.assembledText)
      case .ping(let range): return .ping(string(range))
      case .pong(let range): return .pong(string(range))
      case .close(let code, _): return .close(code?.rawValue)
      case .violation(let violation): return .violation(violation)
      case .incomplete: if let end = receive() { return end }
      }
    }
  }

  private func string(_ range: ByteRange) -> String {
    String(decoding: buffer[range.start..<range.start + range.count], as: UTF8.self)
  }

  /// Reads on until something fits, or all is over.
  func first(_ fits: (Received) -> Bool) -> Received {
    while true {
      let received = next()
      if fits(received) || received.isOver { return received }
    }
  }

  /// The next `count` texts that contain `part`; fewer when the connection ends before.
  func texts(_ count: Int, containing part: String) -> [String] {
    var texts: [String] = []
    while texts.count < count {
      let received = next()
      if received.isOver { break }
      if let text = received.text, text.contains(part) { texts.append(text) }
    }
    return texts
  }

  /// How many bytes come until the server hangs up.
  func countToEnd() -> Int {
    var piece = [UInt8](repeating: 0, count: 65_536)
    var total = 0
    while case let count = recv(socket, &piece, piece.count, 0), count > 0 { total += count }
    return total
  }

  /// Whether the server hangs up while this client reads nothing.
  func waitForReset() -> Bool {
    var descriptor = pollfd(fd: socket, events: 0, revents: 0)
    return poll(&descriptor, 1, 60_000) == 1 && Int32(descriptor.revents) & (POLLERR | POLLHUP) != 0
  }
}

extension FrameReader {
  fileprivate var assembledText: String { assembled.withUnsafeBytes { String(decoding: $0, as: UTF8.self) } }
}
