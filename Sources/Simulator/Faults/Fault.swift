internal import ArbdFramework
package import ArbdTransport

/// Something that goes wrong at a venue, on request. Durations are of simulated time.
package struct Fault: Sendable, Equatable {
  package enum Kind: Sendable, Equatable {
    // What happens to the connections that are open.
    /// Nothing is read or sent, and nothing closes; what was to be sent comes afterwards.
    case stall(Duration)
    case close(CloseCode)
    /// TCP is reset.
    case drop
    case frame(FrameFault)
    /// Bytes leave one by one.
    case drip(Duration)

    // What new connections meet.
    /// Nobody listens.
    case refuse(Duration)
    /// Requests for a WebSocket are answered with that HTTP status; 429 and 503 name a time to retry after.
    case status(Int, Duration)
    /// The answer to the handshake's key is wrong.
    case wrongAccept(Duration)

    // What clients ask for.
    case noPong(Duration)
    case refuseSubscriptions(Duration)
    case ignoreSubscriptions(Duration)

    // What the market's messages say.
    case mute(Duration)
    case skip(Int)
    case wrongSequence(Int)
    case duplicate(Int)
    case reorder(Int)
    /// The venue's clock is off by `by`.
    case skew(by: Duration, Duration)
    case burst(Duration, factor: Int)
    /// Nothing happens at all.
    case halt(Duration)

    // What messages about order books say.
    case loseUpdates(Int)
    case repeatUpdates(Int)
    /// Each comes behind its successor.
    case reorderUpdates(Int)
    case wrongChecksum(Int)
    /// So many requests or subscriptions get no snapshot.
    case noSnapshot(Int)
  }

  package let venue: VenueKind
  package let kind: Kind
  /// Of the open connections only one is hit, in turn; else all are.
  package let hitsOne: Bool

  package init(_ venue: VenueKind, _ kind: Kind, hitsOne: Bool = false) {
    self.venue = venue
    self.kind = kind
    self.hitsOne = hitsOne
  }
}

extension Fault: CustomStringConvertible {
  /// The venue and the kind's name, without what stands behind it.
  package var description: String {
    let name =
      switch kind {
      case .stall: "stall"
      case .close: "close"
      case .drop: "drop"
      case .frame(let frame): "frame \(frame.rawValue)"
      case .drip: "drip"
      case .refuse: "refuse"
      case .status(let code, _): "status \(code)"
      case .wrongAccept: "wrong-accept"
      case .noPong: "no-pong"
      case .refuseSubscriptions: "refuse-subscriptions"
      case .ignoreSubscriptions: "ignore-subscriptions"
      case .mute: "mute"
      case .skip: "skip"
      case .wrongSequence: "wrong-sequence"
      case .duplicate: "duplicate"
      case .reorder: "reorder"
      case .skew: "skew"
      case .burst: "burst"
      case .halt: "halt"
      case .loseUpdates: "lose-updates"
      case .repeatUpdates: "repeat-updates"
      case .reorderUpdates: "reorder-updates"
      case .wrongChecksum: "wrong-checksum"
      case .noSnapshot: "no-snapshot"
      }
    return "\(venue.rawValue) \(name)"
  }
}

/// A fault at its time.
package struct ScheduledFault: Sendable, Equatable {
  /// Since the start of the simulation.
  package let time: Duration
  package let fault: Fault

  package init(at time: Duration, _ fault: Fault) {
    self.time = time
    self.fault = fault
  }
}

/// A frame that no venue should send.
package enum FrameFault: String, Sendable, Equatable, CaseIterable {
  /// Bytes that are no frame.
  case garbage
  /// A frame that promises more than comes before TCP is closed.
  case truncated
  /// Servers must not mask.
  case masked
  /// RSV bits that nobody agreed on.
  case reserved
  /// A length of 2^63.
  case huge
  /// A text that is not UTF-8.
  case utf8
  /// A text that is not JSON: a message of the venue, cut off.
  case json

  /// Whether the connection ends behind it.
  package var endsConnection: Bool { self == .truncated }

  package var bytes: [UInt8] {
    switch self {
    case .garbage: return [0xF7, 0xB3, 0x5A, 0x00, 0xFF, 0x13, 0x37, 0x42, 0x99, 0x0B]
    case .truncated: return [0x81, 0x7E, 0x01, 0x00] + Array("{\"type\":".utf8)
    case .masked: return [0x81, 0x82, 0x01, 0x02, 0x03, 0x04, UInt8(ascii: "{") ^ 1, UInt8(ascii: "}") ^ 2]
    case .reserved: return [0xB1, 0x02] + Array("{}".utf8)
    case .huge: return [0x81, 0x7F, 0x80, 0, 0, 0, 0, 0, 0, 0] + Array("{}".utf8)
    case .utf8: return [0x81, 0x04, UInt8(ascii: "\""), 0xC3, 0x28, UInt8(ascii: "\"")]
    case .json: return [0x81, 0x09] + Array("{\"type\":\"".utf8)
    }
  }
}
