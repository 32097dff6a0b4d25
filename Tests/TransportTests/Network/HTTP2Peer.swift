/// A server's end of HTTP/2, as much of it as one answer needs: RFC 9113, frames by hand.
struct HTTP2Peer {
  private let peer: Peer

  init(_ peer: Peer) { self.peer = peer }

  /// Answers the first request with status 200 and a short text.
  func answer(_ text: String) {
    let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
    var bytes: [UInt8] = []
    func take(_ count: Int) -> [UInt8]? {
      while bytes.count < count {
        let more = peer.receive()
        if more.isEmpty { return nil }
        bytes += more
      }
      defer { bytes.removeFirst(count) }
      return Array(bytes.prefix(count))
    }
    guard take(preface.count) == preface else { return }
    peer.send(frame(type: 4, flags: 0, stream: 0, []))
    while let head = take(9), take(Int(head[0]) << 16 | Int(head[1]) << 8 | Int(head[2])) != nil {
      switch (head[3], head[4] & 1) {
      // Settings are acknowledged.
      case (4, 0): peer.send(frame(type: 4, flags: 1, stream: 0, []))
      // Headers: the answer's are one entry of HPACK's table, ":status: 200".
      case (1, _):
        peer.send(
          frame(type: 1, flags: 4, stream: head[8], [0x88])
            + frame(type: 0, flags: 1, stream: head[8], Array(text.utf8)))
      default: break
      }
    }
  }

  private func frame(type: UInt8, flags: UInt8, stream: UInt8, _ payload: [UInt8]) -> [UInt8] {
    [0, 0, UInt8(payload.count), type, flags, 0, 0, 0, stream] + payload
  }
}
