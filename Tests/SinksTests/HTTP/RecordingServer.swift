import Foundation
import Glibc
import Synchronization

/// An HTTP server on loopback that keeps what it is sent and answers as its script says; 200 after that.
final class RecordingServer: Sendable {
  struct Request: Sendable {
    let line: String
    /// Names in small letters.
    let headers: [String: String]
    let body: String
  }

  struct Answer: Sendable {
    var status = 200
    var headers: [String: String] = [:]
    var body = ""
    /// Closes without an answer.
    var hangsUp = false
  }

  private let state: Mutex<(requests: [Request], answers: [Answer])>
  private let listener: Int32
  let port: UInt16

  init(_ answers: [Answer] = []) throws {
    state = Mutex(([], answers))
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let bound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
        bind(listener, generic, length) == 0 && listen(listener, 16) == 0
          && getsockname(listener, generic, &length) == 0
      }
    }
    guard bound else { throw POSIXError(.EADDRNOTAVAIL) }
    self.listener = listener
    port = UInt16(bigEndian: address.sin_port)
    Thread.detachNewThread { [self] in
      while case let peer = accept(listener, nil, nil), peer >= 0 {
        Thread.detachNewThread { self.serve(peer) }
      }
    }
  }

  func stop() { shutdown(listener, Int32(SHUT_RDWR)) }

  var requests: [Request] { state.withLock { $0.requests } }

  private func serve(_ peer: Int32) {
    defer { close(peer) }
    var bytes: [UInt8] = []
    while let request = next(peer, &bytes) {
      let answer = state.withLock { state in
        state.requests.append(request)
        return state.answers.isEmpty ? Answer() : state.answers.removeFirst()
      }
      if answer.hangsUp { return }
      var head = "HTTP/1.1 \(answer.status) Status\r\nContent-Length: \(answer.body.utf8.count)\r\n"
      for (name, value) in answer.headers { head += "\(name): \(value)\r\n" }
      let text = Array((head + "\r\n" + answer.body).utf8)
      _ = send(peer, text, text.count, Int32(MSG_NOSIGNAL))
    }
  }

  /// The next request of a connection; nil when it has ended.
  private func next(_ peer: Int32, _ bytes: inout [UInt8]) -> Request? {
    while true {
      if let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) {
        let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
          let parts = line.split(separator: ":", maxSplits: 1)
          headers[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces)
        }
        let length = headers["content-length"].flatMap { Int($0) } ?? 0
        if bytes.count >= end.upperBound + length {
          let body = String(decoding: bytes[end.upperBound..<(end.upperBound + length)], as: UTF8.self)
          bytes.removeFirst(end.upperBound + length)
          return Request(line: lines[0], headers: headers, body: body)
        }
      }
      var buffer = [UInt8](repeating: 0, count: 65_536)
      let count = recv(peer, &buffer, buffer.count, 0)
      guard count > 0 else { return nil }
      bytes += buffer[..<count]
    }
  }
}

extension RecordingServer.Request {
  /// The body as JSON.
  var object: [String: Any] {
    (try? JSONSerialization.jsonObject(with: Data(body.utf8))) as? [String: Any] ?? [:]
  }
}

extension RecordingServer.Answer {
  static func status(_ status: Int, _ body: String = "", _ headers: [String: String] = [:]) -> Self {
    Self(status: status, headers: headers, body: body)
  }
}
