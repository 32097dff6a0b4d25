/// What a peer did against RFC 6455 or RFC 7692. Nothing that it sends afterwards has a meaning: the connection closes
/// with `closeCode`.
package enum ProtocolViolation: Error, Sendable, Hashable {
  case reservedBits
  case reservedOpcode(UInt8)
  case maskedByServer
  case unmaskedByClient
  case lengthNotMinimal
  /// The topmost bit is set.
  case lengthTooLarge
  case fragmentedControl
  case controlTooLong
  /// A message begins inside another.
  case unfinishedMessage
  /// A continuation of nothing.
  case unexpectedContinuation
  case messageTooBig(limit: Int)
  case invalidUTF8
  case invalidDeflate
  case closePayloadTooShort
  case closeCode(CloseCode)
  case closeReasonNotUTF8
}

extension ProtocolViolation {
  /// What to tell the peer.
  package var closeCode: CloseCode {
    switch self {
    case .invalidUTF8, .closeReasonNotUTF8, .invalidDeflate: .invalidData
    case .messageTooBig: .messageTooBig
    default: .protocolError
    }
  }
}

extension ProtocolViolation: CustomStringConvertible {
  package var description: String {
    switch self {
    case .reservedBits: "a frame has reserved bits set"
    case .reservedOpcode(let opcode): "a frame has the reserved opcode \(opcode)"
    case .maskedByServer: "a frame of the server is masked"
    case .unmaskedByClient: "a frame of the client is not masked"
    case .lengthNotMinimal: "a frame's length is not written in the shortest form"
    case .lengthTooLarge: "a frame claims to be longer than 2^63 − 1 bytes"
    case .fragmentedControl: "a control frame is fragmented"
    case .controlTooLong: "a control frame has more than 125 bytes"
    case .unfinishedMessage: "a message begins before the one before has ended"
    case .unexpectedContinuation: "a frame continues a message that has not begun"
    case .messageTooBig(let limit): "a message is longer than \(limit) bytes"
    case .invalidUTF8: "a text message is not UTF-8"
    case .invalidDeflate: "a message is not valid deflate data"
    case .closePayloadTooShort: "a close frame has half a code"
    case .closeCode(let code): "a close frame has the code \(code.rawValue), which may not be sent"
    case .closeReasonNotUTF8: "the reason of a close frame is not UTF-8"
    }
  }
}
