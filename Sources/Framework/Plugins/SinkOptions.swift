/// The keys that every sink has, whatever its type: what it is given, and how patient the runtime is with it.
public struct SinkOptions: PluginItemOptions, Equatable {
  public var name: String?
  public var records: [Record.Kind] = [.alert]
  public var filter: FilterOptions?
  public var startup = StartupPolicy.error
  public var batch = BatchOptions()
  public var retry = RetryOptions()
  public var queue = QueueOptions()

  public init() {}

  public static let fields: [OptionField<Self>] = fields(accepting: Set(Record.Kind.allCases))

  static func fields(accepting kinds: Set<Record.Kind>) -> [OptionField<Self>] {
    let text = "What it is given."
    // A sink that cannot take the default has none.
    let records: OptionField<Self> =
      kinds.contains(.alert)
      ? .optional("records", \.records, text, .nonEmpty, .distinct, .accepted(kinds))
      : .required("records", \.records, text, .nonEmpty, .distinct, .accepted(kinds))
    return [
      .optional(
        "name", \.name, "How logs and metrics call it; the type where absent; unique among the sinks.", .printable),
      records,
      .optional("filter", \.filter, "Which records it is given; all of them where absent."),
      .optional(
        "startup", \.startup,
        "When it cannot be connected at the start: error ends the run, retry goes on trying, ignore leaves it out."),
      .optional("batch", \.batch, "How many records are delivered together."),
      .optional("retry", \.retry, "When a delivery that failed is tried again."),
      .optional("queue", \.queue, "What waits for it, besides alerts in a journal."),
    ]
  }
}

/// What a run does when a sink cannot be connected at its start.
public enum StartupPolicy: String, OptionChoice {
  case error, retry, ignore
}

/// `batch`: how many records go to a sink in one delivery.
public struct BatchOptions: OptionGroup, Equatable {
  public var records = 1_024
  public var wait = Duration.zero

  public init() {}

  public static let fields: [OptionField<Self>] = [
    .optional("records", \.records, "At most so many.", .in(1...100_000)),
    .optional("wait", \.wait, "How long a batch that is not full waits for more.", .in(.zero ... .seconds(60))),
  ]
}

/// `retry`: the back-off of a sink, exponential with full jitter.
public struct RetryOptions: OptionGroup, Equatable {
  public var first = Duration.milliseconds(500)
  public var longest = Duration.seconds(60)
  public var giveUpAfter = DurationOrNever.never

  public init() {}

  public static let fields: [OptionField<Self>] = [
    .optional(
      "first", \.first, "The first delay is anything up to this; each further one up to twice as much.", .positive),
    .optional("longest", \.longest, "No delay is longer, unless the destination asks for it.", .positive),
    .optional(
      "give_up_after", \.giveUpAfter,
      "After failing for this long a batch becomes dead letters and the next has its turn; where absent, never."),
  ]
}

/// `queue`: what waits for a sink in memory.
public struct QueueOptions: OptionGroup, Equatable {
  public var capacity = 65_536
  public var overflow = OverflowPolicy.automatic

  public init() {}

  public static let fields: [OptionField<Self>] = [
    .optional("capacity", \.capacity, "Records that may wait.", .in(16...16_777_216)),
    .optional(
      "when_full", \.overflow,
      "wait holds up the sources; drop_oldest and drop_newest lose market data, which is counted, never alerts; "
        + "auto waits in a replay and drops the oldest where a source is live."),
  ]
}

/// What becomes of market data for which a sink's queue has no room.
public enum OverflowPolicy: String, OptionChoice {
  case automatic = "auto"
  case wait
  case dropOldest = "drop_oldest"
  case dropNewest = "drop_newest"
}
