import ArbdFramework
import ArbdTransport
import Foundation
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(5))) struct NetworkLoopTests {
  @Test func anotherThreadWakesIt() throws {
    var driver = try NetworkDriver()
    let wake = driver.loop.wake
    // Before and during the wait: either makes it return, or the test's time runs out.
    wake()
    driver.step(atMost: .seconds(3_600))
    Thread.detachNewThread { wake() }
    driver.step(atMost: .seconds(3_600))
  }

  /// The time at which bytes are waited for no longer is that of the wait's end, before anything is received.
  @Test func aSocketIsReadableSinceTheWaitEnded() throws {
    let server = try LoopbackServer { WebSocketPeer($0)?.echo() }
    let calls = Atomic(Int64(0))
    let loop = try NetworkLoop(now: { Timestamp(microseconds: calls.add(1, ordering: .relaxed).newValue) })
    loop.open(.first, WebSocketRequest(url: "ws://127.0.0.1:\(server.port)/"))
    var batch = InputBatch()
    var outcomes: [NetworkOutcome] = []
    while outcomes.isEmpty { loop.wait(atMost: .seconds(1), into: &batch, &outcomes) }
    loop.send(.first, text: "one")
    while true {
      batch.removeAll()
      let before = calls.load(ordering: .relaxed)
      loop.wait(atMost: .seconds(1), into: &batch, &outcomes)
      guard case .frame(_, _, let received) = batch.events.first else {
        #expect(loop.readableSince == nil)
        continue
      }
      #expect(loop.readableSince == Timestamp(microseconds: before + 1))
      #expect(received == Timestamp(microseconds: before + 2))
      return
    }
  }

  @Test func wakingOutlivesTheLoop() throws {
    var loop: NetworkLoop? = try NetworkLoop()
    let wake = try #require(loop?.wake)
    loop = nil
    wake()
  }

  @Test func manyConnectionsAreServed() throws {
    let server = try LoopbackServer { WebSocketPeer($0)?.echo() }
    var driver = try NetworkDriver()
    let count: Int32 = 200
    for index in 0..<count {
      driver.loop.open(ConnectionID(index: index), WebSocketRequest(url: "ws://127.0.0.1:\(server.port)/"))
    }
    driver.wait { $0.outcomes.count == count }
    for index in 0..<count { driver.loop.send(ConnectionID(index: index), text: "\(index)") }
    driver.wait { $0.texts.count == count }
    #expect(Set(driver.texts) == Set((0..<count).map { "\($0)" }))
    for index in 0..<count { driver.loop.close(ConnectionID(index: index), reason: "done") }
    driver.wait { $0.outcomes.count == 2 * count }
  }

  /// Both peers send without end; a batch stays bounded, and neither is left out.
  @Test func aFloodIsTakenInTurns() throws {
    let flood = Array(repeatElement(frame(0x81, Array(repeating: 0x61, count: 180)), count: 2_000).joined())
    let server = try LoopbackServer { peer in
      guard WebSocketPeer(peer) != nil else { return }
      while peer.send(flood) {}
    }
    let loop = try NetworkLoop()
    for index: Int32 in 0..<2 {
      loop.open(ConnectionID(index: index), WebSocketRequest(url: "ws://127.0.0.1:\(server.port)/"))
    }
    var batch = InputBatch()
    var outcomes: [NetworkOutcome] = []
    var counts = [0, 0]
    while counts.contains(where: { $0 < 20_000 }) {
      batch.removeAll()
      loop.wait(atMost: .seconds(1), into: &batch, &outcomes)
      #expect(batch.events.count < 2 * InputBatch.usualCount)
      for case .frame(let id, _, _) in batch.events { counts[Int(id.index)] += 1 }
    }
    #expect(outcomes.count == 2)
  }
}
