internal import ArbdFramework

/// A client that sends every message back: a door for the package in Autobahn/, which tests the loop against the field's
/// conformance suite. `@_spi` keeps it out of the interface.
@_spi(Autobahn)
public final class EchoClient {
  private let loop: NetworkLoop
  private let connection = ConnectionID(index: 0)

  /// Nil without a libcurl that can be used.
  public init?() {
    guard let loop = try? NetworkLoop() else { return nil }
    self.loop = loop
  }

  /// Opens a WebSocket and sends back what comes until it is closed, or the time is over.
  ///
  /// - Returns: the last text; nil when the socket did not open or did not end in time.
  public func run(_ url: String, compresses: Bool, atMost time: Duration) -> String? {
    var request = WebSocketRequest(url: url)
    request.compresses = compresses
    loop.binary = { [unowned loop] in loop.send($0, binary: $1) }
    loop.open(connection, request)
    let deadline = ContinuousClock.now + time
    var batch = InputBatch()
    var outcomes: [NetworkOutcome] = []
    var text = ""
    while ContinuousClock.now < deadline {
      batch.removeAll()
      outcomes.removeAll()
      loop.wait(atMost: .seconds(1), into: &batch, &outcomes)
      for case .frame(_, let range, _) in batch.events {
        text = batch.text(range)
        loop.send(connection, text: text)
      }
      for outcome in outcomes {
        switch outcome {
        case .closed: return text
        case .failed, .unanswered: return nil
        case .opened, .throttled: break
        }
      }
    }
    return nil
  }
}
