/// When a delivery that failed is tried again, and when no more.
struct RetryClock: Sendable {
  private var backoff: Backoff
  private let giveUpAfter: Duration?
  private var failingSince: ContinuousClock.Instant?

  init(_ options: RetryOptions) {
    backoff = Backoff(base: options.first, cap: options.longest)
    giveUpAfter = options.giveUpAfter.duration
  }

  /// It went well.
  mutating func reset() {
    backoff.reset()
    failingSince = nil
  }

  /// How long to wait after one more failure; nil when it has been failing for too long. The destination's own word
  /// counts where it has given one, as long as it does not lead past giving up.
  mutating func delay(
    asked: Duration?, now: ContinuousClock.Instant, using random: inout some RandomNumberGenerator
  ) -> Duration? {
    let since = failingSince ?? now
    failingSince = since
    let left = giveUpAfter.map { $0 - (now - since) }
    if let left, left <= .zero { return nil }
    let own = backoff.next(using: &random)
    // A destination that asks for no time at all is not to be asked without end.
    let delay = if let asked, asked > .zero { asked } else { own }
    return left.map { min(delay, $0) } ?? delay
  }
}
