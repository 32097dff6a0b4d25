/// What an HTTP request asks for: path and query, percent-decoded.
package struct RequestTarget: Sendable, Equatable {
  package let path: String
  private let query: [Item]

  private struct Item: Sendable, Equatable {
    let name: String
    let value: String
  }

  package init(_ text: some StringProtocol) {
    let parts = text.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    path = RequestTarget.decoded(parts.first ?? "")
    query = (parts.count > 1 ? parts[1] : "").split(separator: "&").map { item in
      let pair = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      return Item(
        name: RequestTarget.decoded(pair[0]), value: pair.count > 1 ? RequestTarget.decoded(pair[1]) : "")
    }
  }

  /// The first value that the query gives for `name`.
  package subscript(_ name: String) -> String? { query.first { $0.name == name }?.value }

  /// Bytes that stand for no UTF-8 become replacement characters; a `%` without two digits stands for itself.
  private static func decoded(_ text: some StringProtocol) -> String {
    let bytes = Array(text.utf8)
    var result: [UInt8] = []
    var place = 0
    while place < bytes.count {
      if bytes[place] == UInt8(ascii: "%"), place + 2 < bytes.count, let high = digit(bytes[place + 1]),
        let low = digit(bytes[place + 2])
      {
        result.append(high << 4 | low)
        place += 3
      } else {
        result.append(bytes[place])
        place += 1
      }
    }
    return String(decoding: result, as: UTF8.self)
  }

  private static func digit(_ byte: UInt8) -> UInt8? {
    Character(Unicode.Scalar(byte)).hexDigitValue.map { UInt8($0) }
  }
}
