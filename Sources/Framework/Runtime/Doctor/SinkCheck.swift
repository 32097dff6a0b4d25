internal import Logging

/// Connects a sink and closes it again; delivers nothing.
struct SinkCheck {
  let name: String
  let sink: any Sink
  let logger: Logger
  let timeout: Duration

  func finding() async -> Finding {
    let tooLate = Finding(name, "connect", .failed, "not done within \(timeout.rough)")
    return await TimeLimited.answer(within: timeout, or: tooLate) { [name, sink, logger] give in
      // On the thread that a run would give it, since it may block.
      let runner = SinkRunner(name: name, kinds: [], sink: sink, logger: logger)
      Task {
        do throws(DeliveryError) {
          try await runner.connect()
          await runner.close()
          give(Finding(name, "connect", .good, "can be opened; nothing was delivered"))
        } catch {
          await runner.close()
          give(Finding(name, "connect", .failed, error.reason))
        }
      }
    }
  }
}
