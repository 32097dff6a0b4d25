/// What one connection carries.
public struct ConnectionPlan: Sendable {
  public let subscriptions: [Subscription]

  public init(subscriptions: [Subscription]) { self.subscriptions = subscriptions }
}

/// One venue's dialect. The runtime owns sockets, time, reconnection and pacing.
public protocol ExchangeAdapter: Plugin {
  associatedtype Session: ExchangeSession
  /// The venue; without channels where the type speaks for many, and each adapter names its own.
  static var venue: VenueDescriptor { get }

  /// Whose dialect this one speaks: the type's, but where options tell.
  var venue: VenueDescriptor { get }

  var instruments: [Instrument] { get }
  var channels: [Channel] { get }

  /// Where to connect, and where requests by HTTP go: the venue's, but where options choose among several.
  var endpoint: String { get }
  var rest: String? { get }

  /// The venue's name for an instrument, as its data messages spell it.
  func symbol(for instrument: Instrument) -> String

  /// What stands behind `rest` to ask for the venue's list of instruments; nil where there is none.
  static var instrumentsPath: String? { get }

  /// Reads the answer to that. Off the core's thread.
  static func readInstruments(_ json: inout JSONScanner) throws(JSONError) -> [InstrumentListing]

  /// A session in its first state. Called for each connection, and again after every reconnect.
  func makeSession(for plan: ConnectionPlan) -> Session
}

extension ExchangeAdapter {
  public static var name: String { venue.id }

  public static var instrumentsPath: String? { nil }

  public static func readInstruments(_ json: inout JSONScanner) throws(JSONError) -> [InstrumentListing] {
    try json.skipValue()
    return []
  }

  public var venue: VenueDescriptor { Self.venue }
  public var endpoint: String { venue.endpoint }
  public var rest: String? { venue.rest }

  /// A book brings the quotes of its market too.
  public var provides: [ProvidedMarket] {
    let channels = channels.contains(.book) && !channels.contains(.quotes) ? channels + [.quotes] : channels
    return channels.flatMap { channel in provided(channel) }
  }

  private func provided(_ channel: Channel) -> [ProvidedMarket] {
    instruments.map { ProvidedMarket(market: Market(venue: venue.id, instrument: $0), channel: channel) }
  }

  /// Throws when the venue's symbols cannot tell two of the instruments apart.
  public func checkSymbols() throws(OptionError) {
    var known: [String: Instrument] = [:]
    for instrument in instruments {
      let symbol = symbol(for: instrument)
      if let other = known.updateValue(instrument, forKey: symbol) {
        throw OptionError(
          key: "instruments", "\(other) and \(instrument) are both \(symbol) at \(venue.id); keep one of them")
      }
    }
  }

  /// Every instrument on every channel, numbered in `markets`. An instrument beyond the table's capacity is left out.
  public func subscriptions(in markets: MarketTable) -> [Subscription] {
    channels.flatMap { provided($0) }.compactMap { provided in
      guard let number = markets.intern(provided.market) else { return nil }
      let instrument = provided.market.instrument
      return Subscription(
        market: number, instrument: instrument, symbol: symbol(for: instrument), channel: provided.channel)
    }
  }
}
