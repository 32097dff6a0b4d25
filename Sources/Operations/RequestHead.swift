/// The head of an HTTP/1 request, as far as it matters here: what is asked for. A body is never looked at.
struct RequestHead: Equatable {
  let method: String
  /// Without the query.
  let path: String

  enum Reading: Equatable {
    case complete(RequestHead)
    case incomplete
    case malformed
    case tooLarge
  }

  static let mostBytes = 8_192

  /// Reads the head at the front of `bytes`. The search for its end begins at `start`: what is before has been searched.
  static func read(_ bytes: [UInt8], from start: Int = 0) -> Reading {
    guard let end = endOfHead(bytes, from: start) else {
      return bytes.count >= mostBytes ? .tooLarge : .incomplete
    }
    guard end <= mostBytes else { return .tooLarge }
    let line = bytes[..<end].prefix { $0 != 0x0A && $0 != 0x0D }
    let isText = line.allSatisfy { (0x20...0x7E).contains($0) }
    let words = line.split(separator: 0x20, omittingEmptySubsequences: false)
      .map { String(decoding: $0, as: UTF8.self) }
    guard isText, words.count == 3, words[2].hasPrefix("HTTP/1."), words[1].hasPrefix("/"), !words[0].isEmpty else {
      return .malformed
    }
    return .complete(RequestHead(method: words[0], path: String(words[1].prefix { $0 != "?" })))
  }

  /// Behind the line that ends the first line and those of the fields: an empty one, whose CR may be missing.
  private static func endOfHead(_ bytes: [UInt8], from start: Int) -> Int? {
    var place = max(0, start - 3)
    while place < bytes.count {
      if bytes[place] == 0x0A {
        if place + 1 < bytes.count, bytes[place + 1] == 0x0A { return place }
        if place + 2 < bytes.count, bytes[place + 1] == 0x0D, bytes[place + 2] == 0x0A { return place }
      }
      place += 1
    }
    return nil
  }
}
