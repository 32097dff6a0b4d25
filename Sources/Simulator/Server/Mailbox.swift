internal import ArbdFramework
import Synchronization

/// What other threads ask of the server's thread.
final class Mailbox: Sendable {
  enum Message: Sendable {
    case inject(Fault)
    /// The book of a market as it is at that moment; nil where there is none.
    case book(VenueKind, Instrument, @Sendable (SimulatedBook?) -> Void)
    case stop
  }

  private let messages = Mutex<[Message]>([])
  let wakeUp: WakeUp

  init() throws(SimulatorError) { wakeUp = try WakeUp() }

  func post(_ message: Message) {
    messages.withLock { $0.append(message) }
    wakeUp.signal()
  }

  func take() -> [Message] {
    wakeUp.reset()
    return messages.withLock { messages in
      defer { messages = [] }
      return messages
    }
  }
}
