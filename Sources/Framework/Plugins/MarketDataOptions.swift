/// The options of an adapter that streams market data.
public struct MarketDataOptions: PluginOptions {
  public var instruments: [Instrument] = []
  public var channels: [Channel] = [.trades]
  public var depth = 50

  public init() {}

  public static let fields: [OptionField<Self>] = [
    .required("instruments", \.instruments, "What to subscribe to, as BASE-QUOTE.", .nonEmpty, .distinct),
    .optional("channels", \.channels, "What to subscribe to of each instrument.", .nonEmpty, .distinct),
    .optional(
      "depth", \.depth, "Levels a side of an order book that can be relied on, at least.", .in(1...1_000)),
  ]

  /// The same options as a part of an adapter's own.
  public static func fields<Outer>(at path: OptionPath<Outer, MarketDataOptions>) -> [OptionField<Outer>] {
    fields.map { $0.inside(path) }
  }

  /// The channels asked for; an error when the venue does not offer one.
  public func channels(offeredBy venue: VenueDescriptor) throws(OptionError) -> [Channel] {
    for channel in channels where !venue.channels.contains(channel) {
      let offered = venue.channels.map(\.rawValue).joined(separator: ", ")
      throw OptionError(
        key: "channels", "\(venue.id) offers no \(channel.rawValue); it offers \(offered)")
    }
    return channels
  }
}

/// What a plugin finds wrong with its options when it is made.
public struct OptionError: Error, Sendable, CustomStringConvertible {
  public let key: String
  public let message: String

  public init(key: String, _ message: String) {
    self.key = key
    self.message = message
  }

  public var description: String { "\(key): \(message)" }
}
