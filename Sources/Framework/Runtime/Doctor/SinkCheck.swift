internal import Logging

/// Connects a sink, asks it, and closes it again; delivers nothing.
struct SinkCheck {
  let name: String
  let sink: any Sink
  let logger: Logger
  let timeout: Duration

  func findings() async -> [Finding] {
    // On the thread that a run would give it, since it may block.
    let runner = SinkRunner(name: name, kinds: [], sink: sink, logger: logger)
    let connection = await finding(of: "connect", tooLate: "not done within \(timeout.rough)") {
      () async throws(DeliveryError) in
      do throws(DeliveryError) {
        try await runner.connect()
      } catch {
        await runner.close()
        throw error
      }
      return "can be opened; nothing was delivered"
    }
    guard let connection, connection.verdict == .good else { return [connection].compactMap(\.self) }
    let inspection = await finding(of: "inspect", tooLate: "no answer within \(timeout.rough)") {
      () async throws(DeliveryError) in
      do throws(DeliveryError) {
        let words = try await runner.inspect()
        await runner.close()
        return words
      } catch {
        await runner.close()
        throw error
      }
    }
    return [connection, inspection].compactMap(\.self)
  }

  /// Nil where there is nothing to say.
  private func finding(
    of check: String, tooLate: String, _ work: @escaping @Sendable () async throws(DeliveryError) -> String?
  ) async -> Finding? {
    await TimeLimited.answer(within: timeout, or: Finding(name, check, .failed, tooLate)) { [name] give in
      Task {
        do throws(DeliveryError) {
          give(try await work().map { Finding(name, check, .good, $0) })
        } catch {
          give(Finding(name, check, .failed, error.reason))
        }
      }
    }
  }
}
