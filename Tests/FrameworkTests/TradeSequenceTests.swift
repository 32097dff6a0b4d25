import Testing

@testable import ArbdFramework

@Suite struct TradeSequenceTests {
  @Test func countsGapsAndTellsRepeatedFromNew() {
    var sequence = TradeSequence()
    #expect(sequence.receive(100) == .new(missing: 0))
    #expect(sequence.receive(101) == .new(missing: 0))
    #expect(sequence.receive(101) == .duplicate)
    #expect(sequence.receive(105) == .new(missing: 3))
    #expect(sequence.receive(103) == .recovered)
    #expect(sequence.receive(103) == .duplicate)
    #expect(sequence.receive(106) == .new(missing: 0))
  }

  @Test func whatWasBeforeTheFirstIsHistory() {
    var sequence = TradeSequence()
    #expect(sequence.receive(100) == .new(missing: 0))
    #expect(sequence.receive(99) == .duplicate)
    #expect(sequence.receive(37) == .duplicate)
    #expect(sequence.receive(102) == .new(missing: 1))
    #expect(sequence.receive(99) == .duplicate)
  }

  @Test func sixtyFourIDsAreRemembered() {
    var sequence = TradeSequence()
    _ = sequence.receive(1_000)
    #expect(sequence.receive(1_064) == .new(missing: 63))
    #expect(sequence.receive(1_001) == .recovered)
    #expect(sequence.receive(1_065) == .new(missing: 0))
    // 64 below the highest: no longer known, and no newer, so a repetition.
    #expect(sequence.receive(1_001) == .duplicate)
    #expect(sequence.receive(1_002) == .recovered)
  }

  @Test func aNewerTradeFarBelowIsARestart() {
    var sequence = TradeSequence()
    _ = sequence.receive(5_000, at: 10)
    #expect(sequence.receive(4_936, at: 10) == .duplicate)
    #expect(sequence.receive(1, at: 9) == .duplicate)
    #expect(sequence.receive(1, at: 11) == .new(missing: 0))
    #expect(sequence.receive(2, at: 12) == .new(missing: 0))
    #expect(sequence.receive(1, at: 12) == .duplicate)
  }

  @Test func whatAHeartbeatAnnouncedFarAheadStillComes() {
    var sequence = TradeSequence()
    #expect(sequence.receive(10, at: 10) == .new(missing: 0))
    #expect(sequence.expect(through: 200) == 190)
    // On their way while the heartbeat overtook them: neither repetitions nor a new count.
    for id in UInt64(11)...200 { #expect(sequence.receive(id, at: 11) == .recovered) }
    #expect(sequence.receive(201, at: 12) == .new(missing: 0))
  }

  @Test func aHeartbeatTellsWhatDidNotArrive() {
    var sequence = TradeSequence()
    #expect(sequence.expect(through: 10) == 0)
    // Named before it came: neither missing nor a repetition.
    #expect(sequence.receive(10) == .new(missing: 0))
    #expect(sequence.receive(10) == .duplicate)
    #expect(sequence.receive(11) == .new(missing: 0))
    #expect(sequence.expect(through: 11) == 0)
    #expect(sequence.expect(through: 5) == 0)
    #expect(sequence.expect(through: 13) == 2)
    #expect(sequence.expect(through: 13) == 0)
    #expect(sequence.receive(13) == .recovered)
    #expect(sequence.receive(12) == .recovered)
    #expect(sequence.receive(14) == .new(missing: 0))
  }

  @Test func theWholeRangeOfIDsIsHeld() {
    var sequence = TradeSequence()
    #expect(sequence.receive(0) == .new(missing: 0))
    #expect(sequence.receive(.max) == .new(missing: .max - 1))
    #expect(sequence.receive(.max) == .duplicate)
    #expect(sequence.expect(through: .max) == 0)
    #expect(sequence.receive(.max - 63) == .recovered)
  }

  /// Streams with ids out of order, repeated, left out and begun anew, and heartbeats in between.
  @Test(arguments: 0..<150)
  func agreesWithTheNaiveModel(_ seed: UInt64) {
    var random = SeededRandom(seed: seed)
    var sequence = TradeSequence()
    var model = NaiveSequence()
    var id: UInt64 = 500
    for step in 0..<400 {
      let time = Int64(step) - Int64(random.pick([0, 0, 0, 3, 50]))
      if random.chance(10) {
        let last = id + UInt64(random.number(0...6)) - 3
        #expect(sequence.expect(through: last) == model.expect(through: last), "step \(step)")
        continue
      }
      switch random.number(0...99) {
      case 0..<70: id += 1
      case 70..<85: id += UInt64(random.number(2...8))
      case 85..<90: id += UInt64(random.number(55...75))
      case 90..<92: id = UInt64(random.number(10...400))
      default: break
      }
      let back = random.pick([0, 0, 0, 1, 2, 5, 30, 62, 63, 64, 65, 80])
      let received = id > UInt64(back) ? id - UInt64(back) : id
      #expect(sequence.receive(received, at: time) == model.receive(received, at: time), "step \(step)")
    }
  }
}

extension TradeSequence {
  fileprivate mutating func receive(_ id: UInt64, at time: Int64 = 0) -> Verdict {
    receive(id, at: Timestamp(microseconds: time))
  }
}

/// Every missing id by itself.
private struct NaiveSequence {
  private var highest: UInt64?
  private var highestTime = Int64.min
  private var missing: Set<UInt64> = []
  private var accounted: UInt64?

  mutating func receive(_ id: UInt64, at time: Int64) -> TradeSequence.Verdict {
    guard let highest else {
      let skipped = id == 0 ? 0 : expect(through: id - 1, counting: accounted != nil)
      restart(at: id, time)
      // Announced before anything came: taken for missing, though not counted.
      if let accounted, accounted > id { missing = Set(id + 1...accounted) }
      return .new(missing: skipped)
    }
    if id > highest {
      let skipped = expect(through: id - 1)
      self.highest = id
      highestTime = max(highestTime, time)
      if missing.remove(id) != nil { return .recovered }
      accounted = id
      return .new(missing: skipped)
    }
    if id + 64 > highest { return missing.remove(id) != nil ? .recovered : .duplicate }
    guard time > highestTime else { return .duplicate }
    accounted = nil
    missing = []
    restart(at: id, time)
    return .new(missing: 0)
  }

  mutating func expect(through id: UInt64, counting: Bool = true) -> UInt64 {
    guard let accounted else {
      if counting { self.accounted = id }
      return 0
    }
    guard id > accounted else { return 0 }
    for unseen in accounted + 1...id { missing.insert(unseen) }
    self.accounted = id
    return id - accounted
  }

  private mutating func restart(at id: UInt64, _ time: Int64) {
    highest = id
    highestTime = time
    missing = missing.filter { $0 > id }
    accounted = max(accounted ?? id, id)
  }
}
