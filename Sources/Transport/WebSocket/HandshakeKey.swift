internal import COpenSSL

/// The nonce of a client's handshake, by which the server shows that it understood: RFC 6455, section 4.
struct HandshakeKey: Sendable, Equatable {
  /// 16 bytes in base64.
  let text: String

  private static let suffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

  init(using random: inout some RandomNumberGenerator) {
    var nonce: [UInt8] = []
    for _ in 0..<2 { nonce.append(bigEndian: random.next() as UInt64) }
    text = HandshakeKey.base64(nonce)
  }

  /// Nil when it does not have the form of one.
  init?(_ text: String) {
    let bytes = Array(text.utf8)
    guard bytes.count == 24, bytes.suffix(2).elementsEqual("==".utf8),
      bytes.dropLast(2).allSatisfy({ HandshakeKey.isBase64($0) })
    else { return nil }
    self.text = text
  }

  /// What the server's `Sec-WebSocket-Accept` must say.
  var accept: String {
    let bytes = Array((text + HandshakeKey.suffix).utf8)
    var digest = [UInt8](repeating: 0, count: Int(SHA_DIGEST_LENGTH))
    SHA1(bytes, bytes.count, &digest)
    return HandshakeKey.base64(digest)
  }

  private static func base64(_ bytes: [UInt8]) -> String {
    // With the zero byte that OpenSSL puts at the end.
    var text = [UInt8](repeating: 0, count: (bytes.count + 2) / 3 * 4 + 1)
    EVP_EncodeBlock(&text, bytes, CInt(bytes.count))
    return String(decoding: text.dropLast(), as: UTF8.self)
  }

  private static func isBase64(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"):
      true
    default: false
    }
  }
}
