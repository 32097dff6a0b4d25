import ArbdFramework
import ArbdProcesses
import Logging

/// One program from its start to its end, batch by batch.
///
/// Unchecked: a sink's calls do not overlap.
final class ProcessConversation: @unchecked Sendable {
  private let options: ProcessSinkOptions
  private let name: String
  private let process: ChildProcess
  private var lines = LineReader(maximumLineBytes: 1 << 16)
  private var messages: ProcessLog
  private var repeated: RepeatedLog
  private var number: Int64 = 0

  /// Starts it and waits for its handshake.
  init(_ options: ProcessSinkOptions, name: String, _ logger: Logger) throws(DeliveryError) {
    self.options = options
    self.name = name
    messages = ProcessLog(logger, name: name)
    repeated = RepeatedLog(logger)
    do throws(ProcessError) {
      process = try options.process.start()
    } catch {
      throw DeliveryError(error.reason, verdict: .retry())
    }
    do throws(DeliveryError) {
      try shakeHands()
    } catch {
      process.end(grace: options.process.grace)
      throw error
    }
  }

  /// Lets it finish what it has, for as long as it may take to end; SIGTERM comes when three quarters of that are over.
  func end() {
    let grace = options.process.grace
    process.closeInput()
    _ = process.waitForEnd(atMost: grace * 3 / 4)
    _ = messages.read(from: process)
    process.end(grace: grace / 4)
  }

  private func shakeHands() throws(DeliveryError) {
    let request = Handshake.request(role: "sink", name: name, options.process.members)
    let answer = exchange(request, within: options.process.handshakeTimeout) { line in
      do throws(Handshake.Refusal) {
        try Handshake.check(line)
        return .success(())
      } catch {
        return .failure(DeliveryError(error.description, verdict: .reconnect))
      }
    }
    try answer.get()
  }

  func deliver(_ batch: [Record]) -> Result<Void, DeliveryError> {
    number += 1
    let lines = batch.lines + Array("{\"batch\":\(number),\"count\":\(batch.count)}\n".utf8)
    return exchange(lines, within: options.timeout) { [number] line in
      guard let answer = BatchAnswer(line) else {
        repeated.warn("answer") { "\(name): this is no answer to a batch: \(line.excerpt)" }
        return nil
      }
      // One that came too late was for a batch that has been given again.
      guard answer.batch == number else { return nil }
      return answer.result(count: batch.count)
    }
  }

  /// Writes, and reads until `judge` has found a line that decides.
  private func exchange(
    _ bytes: [UInt8], within limit: Duration, _ judge: (RawSpan) -> Result<Void, DeliveryError>?
  ) -> Result<Void, DeliveryError> {
    let deadline = ContinuousClock.now + limit
    var rest = bytes[...]
    while true {
      let time = deadline - .now
      guard time > .zero else {
        return .failure(DeliveryError("no answer within \(limit.encoded)", verdict: .reconnect))
      }
      let ready = process.wait(forInput: !rest.isEmpty, atMost: time)
      if ready.log { _ = messages.read(from: process) }
      if ready.input {
        // What it no longer reads it may have answered all the same.
        rest = process.write(rest).map { rest.dropFirst($0) } ?? []
      }
      var isOpen = ready.output || !ready.hasExited
      if ready.output {
        _ = lines.fill { process.readOutput(&$0, from: $1) }
        isOpen = !lines.isAtEnd
        while let line = lines.nextLine() {
          guard case .bytes(let range) = line else {
            repeated.warn("long") { "\(name): a line of its answers is too long" }
            continue
          }
          if range.isEmpty { continue }
          if let result = judge(lines.buffer.span.bytes.extracting(range)) { return result }
        }
      }
      if !isOpen {
        let ending = process.waitForEnd(atMost: options.process.grace)
        return .failure(
          DeliveryError(ending?.description ?? "it closed its standard output", verdict: .reconnect))
      }
    }
  }
}
