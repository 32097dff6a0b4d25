/// A source that is a venue: its adapter, and how to connect.
struct LiveSource: Sendable {
  /// For messages: `sources[0] binance`.
  let name: String
  let adapter: any ExchangeAdapter
  var options: LiveOptions
  /// The time-outs of its connections: the venue's, but for what the options say.
  var policy: ConnectionPolicy

  init(name: String, adapter: any ExchangeAdapter, options: LiveOptions) {
    self.name = name
    self.adapter = adapter
    self.options = options
    policy = ConnectionPolicy(adapter.venue)
    if let limit = options.staleAfter { policy.staleAfter = StaleLimits(trades: limit, quotes: limit, book: limit) }
  }

  var venue: VenueDescriptor { adapter.venue }

  /// Whose limits count: the venue's, or those of somebody else who speaks like it.
  var budget: String { options.endpoint.map { "\(venue.id) \($0)" } ?? venue.id }

  /// An address without a path gets that of the venue's own endpoint.
  private func withPath(_ address: String) -> String {
    func path(_ url: String) -> Substring {
      let host = url.firstRange(of: "://").map { url[$0.upperBound...] } ?? url[...]
      return host.firstIndex(of: "/").map { host[$0...] } ?? ""
    }
    return path(address).isEmpty ? address + path(adapter.endpoint) : address
  }

  /// Where requests by HTTP go; nil for a venue that has nothing to ask for.
  private var rest: String? {
    if let own = options.restEndpoint { return own }
    guard let endpoint = options.endpoint else { return adapter.rest }
    guard adapter.rest != nil, let start = endpoint.firstRange(of: "://")?.upperBound else { return nil }
    return (endpoint.hasPrefix("wss") ? "https://" : "http://") + endpoint[start...].prefix { $0 != "/" && $0 != "?" }
  }

  /// How to ask for what stands behind the venue's REST address.
  func fetchRequest(_ path: String) -> HTTPRequest? {
    guard let rest else { return nil }
    var request = HTTPRequest(url: rest + path)
    request.certificateFile = options.certificateFile
    return request
  }

  /// How to open one of its sockets.
  var request: WebSocketRequest {
    var request = WebSocketRequest(url: options.endpoint.map(withPath) ?? adapter.endpoint)
    request.certificateFile = options.certificateFile
    request.compresses = options.compresses
    return request
  }
}

/// The times that a run lives by.
package struct LiveClock: Sendable {
  /// How long the run has been going on, by a clock that nobody sets.
  let elapsed: @Sendable () -> Duration
  /// The wall clock.
  let now: @Sendable () -> Timestamp

  package init(elapsed: @escaping @Sendable () -> Duration, now: @escaping @Sendable () -> Timestamp) {
    self.elapsed = elapsed
    self.now = now
  }
}

/// What a run needs for connecting to venues, which the framework does not have itself.
package struct LiveMeans: Sendable {
  /// Called on the core's thread.
  let makeNetwork: @Sendable () throws -> any Network
  /// Gives receive times: the clock that the network stamps with.
  let now: @Sendable () -> Timestamp
  let attempts: AttemptFile?
  let instruments: InstrumentCache?

  package init(
    now: @escaping @Sendable () -> Timestamp, attempts: AttemptFile?, instruments: InstrumentCache? = nil,
    makeNetwork: @escaping @Sendable () throws -> any Network
  ) {
    self.now = now
    self.attempts = attempts
    self.instruments = instruments
    self.makeNetwork = makeNetwork
  }
}
