/// At most `count` of something in any stretch of time as long as `window`.
public struct RateLimit: Sendable, Equatable {
  public let count: Int
  public let window: Duration

  public init(_ count: Int, per window: Duration) {
    self.count = count
    self.window = window
  }
}

/// How a connection is kept from being closed as idle, and found out when it is dead.
public enum Keepalive: Sendable, Equatable {
  /// A WebSocket ping, when nothing has arrived for so long.
  case ping(every: Duration)
  /// A message of the venue's own, whether or not anything arrives: for venues that close on clients which say nothing.
  case text(String, every: Duration)

  var interval: Duration {
    switch self {
    case .ping(let interval), .text(_, let interval): interval
    }
  }
}

/// How long a stream may be silent before what it last said is no longer to be trusted.
public struct StaleLimits: Sendable, Equatable {
  public var trades: Duration
  public var quotes: Duration
  public var book: Duration

  public init(trades: Duration = .seconds(60), quotes: Duration = .seconds(60), book: Duration = .seconds(60)) {
    self.trades = trades
    self.quotes = quotes
    self.book = book
  }

  public subscript(_ channel: Channel) -> Duration {
    switch channel {
    case .trades: trades
    case .quotes: quotes
    case .book: book
    }
  }
}
