import Testing

@testable import ArbdFramework

struct ConnectionBudgetTests {
  private let venue = VenueDescriptor.scripted(attempts: [
    RateLimit(3, per: .seconds(1)), RateLimit(20, per: .seconds(300)),
  ])

  /// Takes what there is for `duration`; gives when.
  private func take(from budget: inout ConnectionBudget, for duration: Duration) -> [Instant] {
    var (now, taken) = (Instant.start, [Instant]())
    while now < .start + duration {
      if let later = budget.takeAttempt(at: now) {
        #expect(later > now)
        now = later
      } else {
        taken.append(now)
      }
    }
    return taken
  }

  @Test func staysBelowEveryLimitInEveryWindow() {
    var budget = ConnectionBudget(venue)
    let taken = take(from: &budget, for: .seconds(3_600))
    // A tenth below what is allowed.
    for (place, instant) in taken.enumerated() {
      #expect(taken[...place].count { instant - $0 < .seconds(1) } <= 2)
      #expect(taken[...place].count { instant - $0 < .seconds(300) } <= 18)
    }
    #expect(taken.count == 12 * 18)
  }

  @Test func withoutLimitsThereAreNone() {
    var budget = ConnectionBudget(.scripted())
    for _ in 0..<1_000 { #expect(budget.takeAttempt(at: .start) == nil) }
    #expect(budget.saved(at: .start, Timestamp(microseconds: 0)).attempts.isEmpty)
  }

  /// A daemon that dies after each attempt and is started again at once.
  @Test func aCrashLoopKeepsBelowTheLimits() {
    var saved = ConnectionBudget.Saved(attempts: [])
    var wallClock: Int64 = 1_700_000_000_000_000
    var taken: [Int64] = []
    for _ in 0..<3_600 {
      var budget = ConnectionBudget(venue)
      budget.restore(saved, at: .start, Timestamp(microseconds: wallClock), longestPause: .seconds(60))
      if budget.takeAttempt(at: .start) == nil {
        taken.append(wallClock)
        saved = budget.saved(at: .start, Timestamp(microseconds: wallClock))
      }
      wallClock += 1_000_000
    }
    for (place, time) in taken.enumerated() {
      #expect(taken[...place].count { time - $0 < 300_000_000 } <= 18)
    }
    #expect(saved.attempts.count <= 18)
  }

  @Test func aPauseOutlivesTheProcess() {
    var budget = ConnectionBudget(.scripted())
    budget.pause(until: .start + .seconds(100))
    let saved = budget.saved(at: .start + .seconds(40), Timestamp(microseconds: 7_000_000))
    #expect(saved.pausedUntil == Timestamp(microseconds: 67_000_000))
    var restored = ConnectionBudget(.scripted())
    restored.restore(
      saved, at: .start, Timestamp(microseconds: 17_000_000), longestPause: .seconds(3_600))
    #expect(restored.takeAttempt(at: .start) == .start + .seconds(50))
    #expect(restored.takeAttempt(at: .start + .seconds(50)) == nil)
  }

  @Test func aPauseOfRequestsHoldsNoSocketBack() {
    var budget = ConnectionBudget(.scripted())
    budget.pauseRequests(until: .start + .seconds(30))
    budget.pauseRequests(until: .start + .seconds(10))
    #expect(budget.takeAttempt(at: .start) == nil)
    #expect(budget.takeRequest(at: .start) == .start + .seconds(30))
    #expect(budget.takeRequest(at: .start + .seconds(30)) == nil)

    let saved = budget.saved(at: .start + .seconds(20), Timestamp(microseconds: 7_000_000))
    #expect(saved.requestsPausedUntil == Timestamp(microseconds: 17_000_000) && saved.pausedUntil == nil)
    var restored = ConnectionBudget(.scripted())
    restored.restore(saved, at: .start, Timestamp(microseconds: 7_000_000), longestPause: .seconds(3))
    #expect(restored.takeRequest(at: .start) == .start + .seconds(3))
    #expect(budget.saved(at: .start + .seconds(30), Timestamp(microseconds: 0)).requestsPausedUntil == nil)
  }

  @Test(arguments: [Int64.min, -1, 0, 1, 1_700_000_000_000_000, .max])
  func whateverTheFileSaysTheWaitIsBounded(time: Int64) {
    var budget = ConnectionBudget(venue)
    let saved = ConnectionBudget.Saved(
      attempts: Array(repeating: Timestamp(microseconds: time), count: 1_000),
      pausedUntil: Timestamp(microseconds: time))
    let wallClock = Timestamp(microseconds: 1_700_000_000_000_000)
    budget.restore(saved, at: .start, wallClock, longestPause: .seconds(60))
    if let later = budget.takeAttempt(at: .start) { #expect(later <= .start + .seconds(300)) }
    #expect(budget.saved(at: .start, wallClock).attempts.count <= 18)
  }

  @Test func delaysGrowFromTheBaseToTheCap() {
    var random = SeededRandom(seed: 1)
    var backoff = Backoff(base: .seconds(1), cap: .seconds(60))
    var longest = Array(repeating: Duration.zero, count: 12)
    for _ in 0..<2_000 {
      backoff.reset()
      for number in 0..<12 { longest[number] = max(longest[number], backoff.next(using: &random)) }
    }
    for (number, ceiling) in [1, 2, 4, 8, 16, 32, 60, 60, 60, 60, 60, 60].enumerated() {
      #expect(longest[number] <= .seconds(ceiling) && longest[number] > .seconds(ceiling) * 0.98)
    }
  }
}
