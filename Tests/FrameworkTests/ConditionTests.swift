import Foundation
import Synchronization
import Testing

@testable import ArbdFramework

@Suite(.timeLimit(.minutes(5))) struct ConditionTests {
  @Test func aWaitHasAnEnd() {
    let condition = Condition()
    let deadline = ContinuousClock.now + .milliseconds(20)
    condition.withLock { while condition.wait(until: deadline) {} }
    #expect(ContinuousClock.now >= deadline)
    #expect(condition.withLock { !condition.wait(until: deadline) })
    #expect(condition.withLock { !condition.wait(until: .now - .seconds(1_000_000_000)) })
  }

  /// Each side waits for the other, with and without an end, a thousand times.
  @Test(arguments: [Duration?.none, .seconds(9_000_000_000)])
  func aBroadcastWakesWhoWaits(limit: Duration?) {
    let condition = Condition()
    let turn = Mutex(0)
    let end = inThread {
      for number in 0..<1_000 {
        condition.withLock {
          while turn.withLock({ $0 != 2 * number + 1 }) {
            if let limit { _ = condition.wait(until: .now + limit) } else { condition.wait() }
          }
          turn.withLock { $0 += 1 }
          condition.broadcast()
        }
      }
    }
    let other = inThread {
      for number in 0..<1_000 {
        condition.withLock {
          turn.withLock { $0 += 1 }
          condition.broadcast()
          while turn.withLock({ $0 != 2 * number + 2 }) { condition.wait() }
        }
      }
    }
    end.wait()
    other.wait()
    #expect(turn.withLock { $0 } == 2_000)
  }
}
