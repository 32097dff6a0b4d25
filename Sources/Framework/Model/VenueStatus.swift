/// A change in the state of a venue's stream.
public struct VenueStatus: Sendable, Equatable {
  public enum State: String, Sendable, CaseIterable {
    case connecting, live, stale, resynchronising, down

    /// Whether the markets concerned count as idle from here to their next record.
    public var withdrawsMarkets: Bool {
      switch self {
      case .connecting, .live: false
      case .stale, .resynchronising, .down: true
      }
    }
  }

  public let venue: String
  public let connection: Int
  /// Nil: the whole connection.
  public let instrument: Instrument?
  public let state: State
  public let reason: String?
  public let at: Timestamp

  public init(
    venue: String, connection: Int, instrument: Instrument?, state: State, reason: String?, at: Timestamp
  ) {
    self.venue = venue
    self.connection = connection
    self.instrument = instrument
    self.state = state
    self.reason = reason
    self.at = at
  }
}
