/// The time-outs and limits that a connection lives by.
struct ConnectionPolicy: Sendable, Equatable {
  var messageInterval: Duration
  var lifetime: Duration?
  var keepalive: Keepalive
  var staleAfter: StaleLimits

  /// A subscription has to be acknowledged, or have data, so long after it was sent.
  var acknowledgementTimeout = Duration.seconds(10)
  /// A delay before reconnecting is drawn from zero to `backoffBase`, doubled with each failure, up to `backoffCap`.
  var backoffBase = Duration.seconds(1)
  var backoffCap = Duration.seconds(60)
  /// A connection that had data and was open for so long has lived: delays begin anew after it.
  var livedAfter = Duration.seconds(60)
  /// The longest that a server is obeyed when it asks to be left alone.
  var longestRetryAfter = Duration.seconds(86_400)
  /// How long a venue that is asked too much is left alone when it does not say: limits are by the minute.
  var usualRetryAfter = Duration.seconds(60)
  /// The longest interval between two attempts to mend the same thing: to resubscribe a quiet market, to ask again for a
  /// refused one, to reconnect because of streams.
  var remedyCap = Duration.seconds(900)
  /// The shortest interval between two reconnections because of streams.
  var remedyBase = Duration.seconds(120)
  /// How long a second socket has for getting ready to take over.
  var overlapTimeout = Duration.seconds(30)
  /// The network has promised an outcome long before these.
  var connectTimeout = Duration.seconds(30)
  var closeTimeout = Duration.seconds(15)
  /// How often streams are looked at.
  var sweepInterval = Duration.seconds(1)
  /// Messages that may wait for their turn; no session has as many to send.
  var maximumWaitingMessages = 4_096
  /// Refused subscriptions that are asked for again in one sweep.
  var retriesPerSweep = 10

  init(_ venue: VenueDescriptor) {
    messageInterval = venue.messageInterval
    lifetime = venue.connectionLifetime
    keepalive = venue.keepalive
    staleAfter = venue.staleAfter
  }

  /// Without a byte for so long, pings unanswered, a connection is dead.
  var silenceLimit: Duration { keepalive.interval * 3 }

  /// How long before the end of a connection's life another is opened: for a day, between 30 and 60 minutes.
  func renewalLead(using random: inout some RandomNumberGenerator) -> Duration? {
    guard let lifetime else { return nil }
    let shortest = min(max(lifetime / 48, .seconds(60)), lifetime / 4)
    return Duration.random(from: shortest, to: shortest * 2, using: &random)
  }
}
