public import ArbdFramework

/// A venue's dialect as a file describes it.
public struct DeclarativeSpec: PluginOptions {
  public var schema: String?
  public var venue = ""
  public var documentation: String?
  public var checked: String?
  public var endpoint = ""
  public var symbol = SymbolRule()
  public var channels = ChannelRules()
  public var messages: [MessageRule] = []
  public var ping = PingRule()
  public var staleAfter = Duration.seconds(60)
  public var streamsPerConnection = 100
  public var messageInterval = Duration.milliseconds(100)
  public var connectionLifetime = DurationOrNever.never
  public var attemptsPerMinute = 30

  public init() {}

  public static let fields: [OptionField<Self>] = [
    .optional("$schema", \.schema, "Where editors find a schema of this file; of no other use."),
    .required(
      "venue", \.venue, "The venue's name in records, detectors and fees.",
      .rule { name in
        let isName = !name.isEmpty && name.utf8.allSatisfy { (0x21...0x7E).contains($0) }
        return isName ? nil : "must be a name without blanks"
      }),
    .optional("documentation", \.documentation, "The page on which the venue says all this."),
    .optional("checked", \.checked, "The day on which the file was last compared with it."),
    .required(
      "endpoint", \.endpoint, "The WebSocket address.",
      .rule { $0.hasPrefix("wss://") || $0.hasPrefix("ws://") ? nil : "must begin with wss:// or ws://" }),
    .required("symbol", \.symbol, "How the venue spells an instrument."),
    .required("channels", \.channels, "What can be asked for, and how."),
    .required(
      "messages", \.messages, "The venue's messages; of each that arrives, the first that it fits counts.", .nonEmpty),
    .optional("ping", \.ping, "How the connection is kept open."),
    .optional("stale_after", \.staleAfter, "How long a stream may be silent before it no longer counts.", .positive),
    .optional(
      "streams_per_connection", \.streamsPerConnection, "Instruments times channels on one connection, at most.",
      .in(1...100_000)),
    .optional("message_interval", \.messageInterval, "The least time between two messages to the venue."),
    .optional("connection_lifetime", \.connectionLifetime, "When the venue ends every connection."),
    .optional("attempts_per_minute", \.attemptsPerMinute, "Attempts to connect, at most.", .in(1...10_000)),
  ]

  public func validate(_ validator: inout OptionValidator) {
    let kinds = messages.map(\.kind)
    for (channel, _) in channels.all where !kinds.contains(channel == .trades ? .trades : .quotes) {
      validator.error(at: "messages", "none is of kind \"\(channel.rawValue)\", which \"channels\" offers")
    }
    for (kind, channel) in [(MessageKind.trades, Channel.trades), (.quotes, .quotes)]
    where kinds.contains(kind) && channels[channel] == nil {
      validator.error(at: "channels", "\"\(channel.rawValue)\" is missing, of which \"messages\" has some")
    }
  }
}

/// `symbol`: how the venue spells an instrument.
public struct SymbolRule: OptionGroup, Equatable {
  public enum Case: String, OptionChoice {
    case asIs = "as_is"
    case lower, upper
  }

  public var template = ""
  public var spelling = Case.asIs
  public var exceptions: [String: String] = [:]

  public init() {}

  public static let fields: [OptionField<Self>] = [
    .required(
      "template", \.template, "Such as {base}{quote} or {base}-{quote}.",
      .rule { text in
        guard let problem = Template.problem(with: text, knowing: ["base", "quote"]) else {
          return text.contains("{base}") ? nil : "must hold {base}"
        }
        return problem
      }),
    .optional("case", \.spelling, "as_is leaves the capitals of instruments."),
    .optional("exceptions", \.exceptions, "Symbols that the template does not give, by instrument: BASE-QUOTE."),
  ]

  public func validate(_ validator: inout OptionValidator) {
    for name in exceptions.keys.sorted() where Instrument(name) == nil {
      validator.error(at: "exceptions", "\"\(name.printable)\" is no instrument such as \"BTC-USD\"")
    }
  }

  func symbol(of instrument: Instrument) -> String {
    if let known = exceptions[instrument.description] { return known }
    let text = Template.fill(template, ["base": instrument.base, "quote": instrument.quote])
    return switch spelling {
    case .asIs: text
    case .lower: text.lowercased()
    case .upper: text.uppercased()
    }
  }
}

/// `channels`: what can be asked for.
public struct ChannelRules: OptionGroup {
  public var trades: ChannelRule?
  public var quotes: ChannelRule?

  public init() {}

  public static let fields: [OptionField<Self>] = [
    .optional("trades", \.trades, "How trades are asked for."),
    .optional("quotes", \.quotes, "How best bids and asks are asked for."),
  ]

  public func validate(_ validator: inout OptionValidator) {
    if all.isEmpty { validator.error(at: "trades", "neither \"trades\" nor \"quotes\" is there") }
  }

  subscript(channel: Channel) -> ChannelRule? {
    switch channel {
    case .trades: trades
    case .quotes: quotes
    case .book: nil
    }
  }

  var all: [(channel: Channel, rule: ChannelRule)] {
    Channel.allCases.compactMap { channel in self[channel].map { (channel, $0) } }
  }
}

/// One channel of `channels`.
public struct ChannelRule: OptionGroup {
  public var feed: String?
  public var subscribe = MessageTemplate()
  public var unsubscribe: MessageTemplate?
  public var perMessage = 50

  public init() {}

  public static let fields: [OptionField<Self>] = [
    .optional("feed", \.feed, "What the venue calls it."),
    .required(
      "subscribe", \.subscribe,
      "The message that asks for it. In its texts {symbol}, {symbol_lower}, {symbol_upper}, {base}, {quote} are replaced, "
        + "and {id} by the number of the request, {id_text} by the same as a text. An array whose one element names an instrument gets an element for each; "
        + "without such an array each instrument has a message of its own."),
    .optional("unsubscribe", \.unsubscribe, "The message that gives it up; where absent, none is sent."),
    .optional("per_message", \.perMessage, "Instruments in one message, at most.", .in(1...10_000)),
  ]
}

/// `ping`: how the connection is kept open.
public struct PingRule: OptionGroup {
  public var every = Duration.seconds(15)
  public var message: MessageTemplate?

  public init() {}

  public static let fields: [OptionField<Self>] = [
    .optional("every", \.every, "How often.", .positive),
    .optional("message", \.message, "A message of the venue's own; where absent, pings of the WebSocket."),
  ]
}
