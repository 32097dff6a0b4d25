import Testing

@testable import ArbdFramework

/// A venue that is away, for as long as it likes.
@Suite struct OutageTests {
  /// Lets time pass; every attempt to connect succeeds, or not.
  private func pass(_ duration: Duration, _ script: LiveScript, isAway: Bool) -> [Duration] {
    var attempts: [Duration] = []
    let end = script.time.now + duration
    while script.time.now < end {
      script.turn(atMost: end - script.time.now)
      for call in script.network.takeCalls() where call.hasPrefix("open ") {
        attempts.append(script.time.now)
        let connection = ConnectionID(index: Int32(call.dropFirst(5)) ?? 0)
        if isAway { script.network.fails(connection, "refused") } else { script.network.opens(connection) }
      }
    }
    return attempts
  }

  @Test(arguments: [1, 30, 300, 86_400])
  func alertsResumeAfter(seconds: Int) throws {
    let script = try LiveScript()
    _ = pass(.seconds(1), script, isAway: false)
    for id in 1...3 {
      script.trade(id)
      _ = pass(.seconds(1), script, isAway: false)
    }
    let before = script.alerts.count
    #expect(before >= 2)

    script.network.drops(script.first, "gone")
    let attempts = pass(.seconds(seconds), script, isAway: true)
    // Less and less often, and never more than a minute apart.
    #expect(attempts.count >= seconds / 60 && attempts.count <= 20 + seconds / 10, "\(attempts.count)")
    #expect(zip(attempts, attempts.dropFirst()).allSatisfy { $1 - $0 <= .seconds(61) })

    var waited = 0
    while waited < 61, pass(.seconds(1), script, isAway: false).isEmpty { waited += 1 }
    for id in 4...6 {
      script.trade(id)
      _ = pass(.seconds(1), script, isAway: false)
    }
    #expect(script.alerts.count > before)
    #expect(script.counts.connects == 2 && script.counts.disconnects == 1)
  }
}
