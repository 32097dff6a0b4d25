/// Why a WebSocket closes: RFC 6455, section 7.4.
package struct CloseCode: RawRepresentable, Sendable, Hashable {
  package let rawValue: UInt16

  package init(rawValue: UInt16) { self.rawValue = rawValue }

  package static let normal = CloseCode(rawValue: 1000)
  package static let goingAway = CloseCode(rawValue: 1001)
  package static let protocolError = CloseCode(rawValue: 1002)
  package static let invalidData = CloseCode(rawValue: 1007)
  package static let messageTooBig = CloseCode(rawValue: 1009)

  /// Whether a close frame may carry it.
  package var isSendable: Bool {
    switch rawValue {
    case 1000...1003, 1007...1014, 3000...4999: true
    default: false
    }
  }
}
