/// The messages of one socket that wait for their turn: in order, none sooner after the other than the venue likes.
struct MessagePacer: Sendable, Equatable {
  enum Message: Sendable, Equatable {
    case text(String)
    case ping
  }

  let interval: Duration
  private var waiting: [Message] = []
  private var head = 0
  private var next = Instant.start

  init(interval: Duration) { self.interval = interval }

  var count: Int { waiting.count - head }
  var isEmpty: Bool { count == 0 }

  /// When there is something to do; nil when nothing waits.
  var deadline: Instant? { isEmpty ? nil : next }

  mutating func append(_ message: Message) { waiting.append(message) }

  /// What comes next, if its time has come and the venue's budget has room for it.
  mutating func pop(at now: Instant, _ budget: inout ConnectionBudget) -> Message? {
    guard !isEmpty, next <= now else { return nil }
    if let later = budget.takeMessage(at: now) {
      next = later
      return nil
    }
    let message = waiting[head]
    head += 1
    if isEmpty || head == 256 {
      waiting.removeFirst(head)
      head = 0
    }
    next = now + interval
    return message
  }

  /// For a new socket.
  mutating func removeAll() {
    waiting = []
    head = 0
  }
}
