public import ArbdFramework
public import ArbdProcesses
internal import Logging
internal import Synchronization

public struct ProcessSinkOptions: PluginOptions {
  public var process = ProcessCommand()
  public var timeout = Duration.seconds(30)

  public init() {}

  public static let fields: [OptionField<Self>] =
    ProcessCommand.fields(at: \.process) + [
      .optional(
        "timeout", \.timeout, "How long it has for a batch; then it is ended, and the batch goes to the next one.",
        .positive)
    ]
}

/// Hands records to a program, in whatever language, as JSON lines on its standard input.
///
/// Behind each batch stands a line `{"batch":7,"count":2}`, which it answers on its standard output once the records are
/// where it promises to put them. What is not answered is given again, to it or to the one that is started after it: alerts
/// have ids by which a repetition is known.
public final class ProcessSink: Sink {
  public static let name = "process"
  public static let summary = "Hands records to a program in any language, as JSON lines."
  public static let accepts: Set<Record.Kind> = [.alert, .trade, .quote, .window]

  private let options: ProcessSinkOptions
  private let name: String
  private let logger: Logger
  private let conversation = Mutex<ProcessConversation?>(nil)
  private let starts = Atomic<UInt64>(0)

  public init(options: ProcessSinkOptions, context: PluginContext) {
    self.options = options
    name = context.name
    logger = context.logger
  }

  public var figures: [PluginFigure] { [PluginFigure("process_starts", Double(starts.load(ordering: .relaxed)))] }

  public func connect() async throws(DeliveryError) {
    await close()
    starts.add(1, ordering: .relaxed)
    let begun = try ProcessConversation(options, name: name, logger)
    conversation.withLock { $0 = begun }
  }

  public func deliver(_ batch: [Record]) async throws(DeliveryError) {
    let result: Result<Void, DeliveryError> = conversation.withLock { conversation in
      guard let conversation else { return .failure(DeliveryError("it does not run", verdict: .reconnect)) }
      return conversation.deliver(batch)
    }
    try result.get()
  }

  public func close() async {
    let last = conversation.withLock { conversation in
      defer { conversation = nil }
      return conversation
    }
    last?.end()
  }
}
