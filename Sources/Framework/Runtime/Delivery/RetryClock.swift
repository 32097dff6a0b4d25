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
  /// counts where it has given one.
  mutating func delay(
    asked: Duration?, now: ContinuousClock.Instant, using random: inout some RandomNumberGenerator
  ) -> Duration? {
    let since = failingSince ?? now
    failingSince = since
    if let giveUpAfter, now - since >= giveUpAfter { return nil }
    let own = backoff.next(using: &random)
    // A destination that asks for no time at all is not to be asked without end.
    guard let asked, asked > .zero else { return own }
    return asked
  }
}
