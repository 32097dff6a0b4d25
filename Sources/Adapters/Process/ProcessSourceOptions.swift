public import ArbdFramework
public import ArbdProcesses

public struct ProcessSourceOptions: PluginOptions {
  public var process = ProcessCommand()
  public var instruments: [Instrument] = []
  public var channels: [Channel] = [.trades]
  public var venue: String?
  public var clock = RecordClock.arbd
  public var restart = RestartPolicy.onFailure
  public var longestDelay = Duration.seconds(60)

  public init() {}

  /// Whose receive times count.
  public enum RecordClock: String, OptionChoice {
    /// A record arrives when its line is read.
    case arbd
    /// Records say when they arrived: a replay.
    case records
  }

  /// When a program that has ended is started again.
  public enum RestartPolicy: String, OptionChoice {
    case onFailure = "on_failure"
    case always, never
  }

  public static let fields: [OptionField<Self>] =
    ProcessCommand.fields(at: \.process) + [
      .required("instruments", \.instruments, "What it shall bring, as BASE-QUOTE.", .nonEmpty, .distinct),
      .optional("channels", \.channels, "What it shall bring of each instrument.", .nonEmpty, .distinct),
      .optional(
        "venue", \.venue, "The one venue that its records are of; records of another are refused. Any, where absent."),
      .optional(
        "clock", \.clock,
        "arbd: a record arrives when its line is read, whatever it says. records: receive_time_us counts, as in a replay."
      ),
      .optional(
        "restart", \.restart,
        "When it is started again. on_failure: not after status 0, which says that there is no more; never: its failure is "
          + "the run's."),
      .optional("longest_delay", \.longestDelay, "The longest pause before it is started again.", .positive),
    ]

  public func validate(_ validator: inout OptionValidator) {
    if channels.contains(.book) {
      validator.error(at: "channels", "records are trades and quotes; there are none of books")
    }
    if let venue, venue.isEmpty || venue.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F }) {
      validator.error(at: "venue", "must be a name without blanks")
    }
  }
}
