/// What is fixed about a venue, as its documentation gives it.
public struct VenueDescriptor: Sendable {
  /// The name in records and configs.
  public let id: String
  public let endpoint: String
  /// Where its answers to requests by HTTP come from: `https://api.example.com`; nil where none is needed.
  public let rest: String?
  /// The channels that are offered, and what the venue calls the feed behind each.
  public let feeds: [Channel: String]
  /// Subscriptions on one connection, at most.
  public let streamsPerConnection: Int
  /// The least time between two messages on one connection.
  public let messageInterval: Duration
  /// How long the venue lets a connection live; nil when it does not say.
  public let connectionLifetime: Duration?
  /// Connection attempts from one address. The runtime keeps below each of them by a tenth, over all sources of the venue
  /// and over restarts.
  public let attemptLimits: [RateLimit]
  /// Messages from one address, over all its connections; likewise.
  public let messageLimits: [RateLimit]
  /// Requests by HTTP from one address; likewise.
  public let requestLimits: [RateLimit]
  public let keepalive: Keepalive
  public let staleAfter: StaleLimits
  /// Where the venue says all this.
  public let documentation: String
  /// The day, as `2026-07-21`, on which it was last compared with that.
  public let checked: String

  public init(
    id: String, endpoint: String, rest: String? = nil, feeds: [Channel: String], streamsPerConnection: Int,
    messageInterval: Duration, connectionLifetime: Duration? = nil, attemptLimits: [RateLimit] = [],
    messageLimits: [RateLimit] = [], requestLimits: [RateLimit] = [RateLimit(5, per: .seconds(1))],
    keepalive: Keepalive = .ping(every: .seconds(15)), staleAfter: StaleLimits = StaleLimits(),
    documentation: String = "", checked: String = ""
  ) {
    self.id = id
    self.endpoint = endpoint
    self.rest = rest
    self.feeds = feeds
    self.streamsPerConnection = streamsPerConnection
    self.messageInterval = messageInterval
    self.connectionLifetime = connectionLifetime
    self.attemptLimits = attemptLimits
    self.messageLimits = messageLimits
    self.requestLimits = requestLimits
    self.keepalive = keepalive
    self.staleAfter = staleAfter
    self.documentation = documentation
    self.checked = checked
  }

  public var channels: [Channel] { Channel.allCases.filter { feeds[$0] != nil } }
}
