internal import Dispatch

/// Waits for an answer, but not for ever.
enum TimeLimited {
  /// What `work` gives first; `fallback` when it gives nothing in time. `work` itself returns at once, and is not stopped.
  static func answer<Value: Sendable>(
    within time: Duration, or fallback: Value, _ work: (@escaping @Sendable (Value) -> Void) -> Void
  ) async -> Value {
    await withCheckedContinuation { continuation in
      let answer = FirstAnswer(continuation)
      DispatchQueue.global().asyncAfter(deadline: .now() + time / .seconds(1)) { answer.give(fallback) }
      work { answer.give($0) }
    }
  }
}
