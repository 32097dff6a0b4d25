package import ArbdTransport

/// What a venue sends. Texts stand one behind the other in `bytes`; one that goes to many connections stands there once.
package struct VenueOutput: Sendable {
  package enum Action: Sendable, Equatable {
    /// A message of the market, which faults may hold back.
    case market(Range<Int>, to: [ConnectionID])
    /// An answer to what one client asked, or a sign of life.
    case text(Range<Int>, to: ConnectionID)
    case ping(Range<Int>, to: ConnectionID)
    case close(CloseCode, reason: String, ConnectionID)
  }

  package var bytes: [UInt8] = []
  package private(set) var actions: [Action] = []

  package init() {}

  package mutating func clear() {
    bytes.removeAll(keepingCapacity: true)
    actions.removeAll(keepingCapacity: true)
  }

  /// What was appended to `bytes` from `start` on goes to all subscribers.
  mutating func publish(from start: Int, to subscribers: [ConnectionID]) {
    actions.append(.market(start..<bytes.count, to: subscribers))
  }

  /// The last message goes out once more.
  mutating func repeatLast() {
    if let last = actions.last { actions.append(last) }
  }

  mutating func send(from start: Int, to id: ConnectionID) { actions.append(.text(start..<bytes.count, to: id)) }

  mutating func ping(from start: Int, to id: ConnectionID) { actions.append(.ping(start..<bytes.count, to: id)) }

  mutating func close(_ code: CloseCode, _ reason: String, _ id: ConnectionID) {
    actions.append(.close(code, reason: reason, id))
  }
}

extension CloseCode {
  /// The other side did what it may not.
  package static let policyViolation = CloseCode(rawValue: 1008)
}
