@_spi(Fuzzing) internal import ArbdFramework

/// What was lost on the way, and what books look like.
extension Examination {
  /// At most so many frames are left out or altered, one at a time.
  private static let mostTries = 20

  func checkTradeGaps() throws(Finding) -> String {
    guard wishes.numbersTrades else { throw .unknown("the venue does not number trades one by one") }
    var (pairs, consecutive) = (0, 0)
    var last: [MarketID: UInt64] = [:]
    for trade in outcomes.flatMap(\.step.trades) {
      guard let number = UInt64(trade.id.description) else { throw .unknown("ids of trades are no numbers") }
      if let before = last[trade.market] {
        pairs += 1
        if number == before &+ 1 { consecutive += 1 }
      }
      last[trade.market] = number
    }
    guard pairs >= 10, consecutive * 20 >= pairs * 19 else {
      throw .unknown("\(consecutive) of \(pairs) trades follow the one before by number")
    }
    var tries = 0
    for (connection, entries) in recording.connections.enumerated() {
      let trades = baseline[connection].map(\.step.trades)
      for place in trades.indices where !trades[place].isEmpty && tries < Examination.mostTries {
        // The first of a market cannot be missed, nor the last.
        let isBetween = trades[place].allSatisfy { trade in
          func has(_ other: [Trade]) -> Bool { other.contains { $0.market == trade.market } }
          return trades[..<place].contains(where: has) && trades[(place + 1)...].contains(where: has)
        }
        guard isBetween else { continue }
        tries += 1
        var left = entries
        left.remove(at: place)
        guard play(left).contains(where: \.step.missesTrades) else {
          throw .wrong("left out, nobody misses its trades", line: entries[place].line, frame: entries[place].frame)
        }
      }
    }
    guard tries > 0 else { throw .unknown("no trade could be left out") }
    return "each of \(tries) trades that were left out is missed"
  }

  /// Frames that change a book which is in step before and after.
  private func bookFrames(_ entries: [Recording.Entry]) -> [Int] {
    let trial = trial()
    var places: [Int] = []
    for (place, entry) in entries.enumerated() {
      let (before, updates) = (inStep(trial), trial.counts.bookUpdates)
      _ = feed(entry, trial)
      guard entry.frame != nil, before > 0, trial.counts.bookUpdates > updates, inStep(trial) == before else {
        continue
      }
      places.append(place)
    }
    return places
  }

  private func inStep(_ trial: SessionTrial) -> Int {
    subscriptions.count { $0.channel == .book && trial.book(of: $0.market) != nil }
  }

  /// By market, the levels that checksums reach; nil where a book is not in step.
  private func books(_ trial: SessionTrial) -> [[BookLevel]?] {
    subscriptions.filter { $0.channel == .book }.map { subscription in
      trial.book(of: subscription.market).map { $0.levels(.bid, atMost: 10) + $0.levels(.ask, atMost: 10) }
    }
  }

  /// Whether the loss or change of a frame is noticed, or changes nothing; neither when a book is another and goes on.
  private func isNoticed(_ changed: [Recording.Entry], _ entries: [Recording.Entry]) -> (noticed: Bool, harmless: Bool)
  {
    let trial = trial()
    if play(changed, on: trial).contains(where: \.step.losesBook) { return (true, false) }
    let other = self.trial()
    _ = play(entries, on: other)
    // A book that never got into step claims nothing.
    return (false, zip(books(trial), books(other)).allSatisfy { $0 == nil || $0 == $1 })
  }

  func checkBookGaps() throws(Finding) -> String {
    guard adapter.channels.contains(.book) else { throw .unknown("no order book was asked for") }
    guard wishes.numbersBooks else { throw .unknown("the venue does not number updates") }
    var (tries, noticed) = (0, 0)
    for entries in recording.connections {
      // Only what follows can tell that something is missing.
      let all = bookFrames(entries)
      let places = Array(all[..<(all.count / 2)])
      let step = max(1, places.count / Examination.mostTries)
      for place in stride(from: 0, to: places.count, by: step).map({ places[$0] }).prefix(Examination.mostTries) {
        var left = entries
        left.remove(at: place)
        let outcome = isNoticed(left, entries)
        tries += 1
        if outcome.noticed { noticed += 1 }
        guard outcome.noticed || outcome.harmless else {
          throw .wrong(
            "left out, the book is another and goes on as if nothing were missing", line: entries[place].line)
        }
      }
    }
    guard tries > 0 else { throw .unknown("the recording holds no update of a book in step") }
    guard noticed > 0 else { throw .unknown("none of \(tries) lost updates made a difference in this recording") }
    return "\(noticed) of \(tries) lost updates are noticed, the others change nothing"
  }

  func checkChecksums() throws(Finding) -> String {
    guard adapter.channels.contains(.book) else { throw .unknown("no order book was asked for") }
    guard wishes.sendsChecksums != false else { throw .unknown("the venue sends none") }
    var (tries, noticed) = (0, 0)
    for entries in recording.connections {
      for place in bookFrames(entries).suffix(Examination.mostTries) {
        guard let frame = entries[place].frame, let altered = withAnotherDigit(frame) else { continue }
        var changed = entries
        changed[place] = entries[place].with(frame: altered)
        tries += 1
        if isNoticed(changed, entries).noticed { noticed += 1 }
      }
    }
    guard tries > 0 else { throw .unknown("the recording holds no update of a book in step") }
    guard noticed > 0 else {
      guard wishes.sendsChecksums == true else {
        throw .unknown("no altered level is noticed, which is right where the venue sends no checksums")
      }
      throw .wrong("none of \(tries) altered levels is noticed")
    }
    return "\(noticed) of \(tries) altered levels are noticed"
  }

  /// A digit of a price or size is another one.
  private func withAnotherDigit(_ frame: [UInt8]) -> [UInt8]? {
    let text = FrameText(frame)
    let decimals = (text.strings + text.numbers).filter { range in
      frame[range].contains(UInt8(ascii: ".")) && frame[range].allSatisfy { $0 < 0x40 }
    }
    guard let range = decimals.min(by: { $0.lowerBound < $1.lowerBound }) else { return nil }
    var altered = frame
    let place = range.upperBound - 1
    altered[place] = altered[place] == UInt8(ascii: "1") ? UInt8(ascii: "2") : UInt8(ascii: "1")
    return altered
  }

  func checkBooks() throws(Finding) -> String {
    guard adapter.channels.contains(.book) else { throw .unknown("no order book was asked for") }
    var count = 0
    for entries in recording.connections {
      let trial = trial()
      var crossedSince: [MarketID: Timestamp] = [:]
      for entry in entries {
        _ = feed(entry, trial)
        for subscription in subscriptions where subscription.channel == .book {
          guard let book = trial.book(of: subscription.market), book.isCrossed else {
            crossedSince[subscription.market] = nil
            continue
          }
          let since = crossedSince[subscription.market] ?? entry.time
          crossedSince[subscription.market] = since
          guard entry.time.microseconds - since.microseconds < 1_000_000 else {
            throw .wrong(
              "the book of \(subscription.instrument) has been crossed for a second", line: entry.line,
              frame: entry.frame)
          }
        }
        if inStep(trial) > 0 { count += 1 }
      }
    }
    guard count > 0 else { throw .wrong("no book ever gets into step") }
    return "never crossed over \(count) frames"
  }

  static var isDebugBuild: Bool {
    var isDebug = false
    assert(
      {
        isDebug = true
        return true
      }())
    return isDebug
  }

  /// In the second half of the recording, when everything has the room that it needs.
  func checkAllocations() throws(Finding) -> String {
    guard let allocations = wishes.allocationsOfThread else { throw .unknown("nobody counts them here") }
    // Unoptimised code asks for memory where a release build needs none.
    guard !Examination.isDebugBuild else { throw .unknown("this is a debug build; swift test -c release tells") }
    var (frames, count): (Int, UInt64) = (0, 0)
    for (connection, entries) in recording.connections.enumerated() {
      let trial = trial()
      _ = play(Array(entries[..<(entries.count / 2)]), on: trial)
      for (place, entry) in entries.enumerated().dropFirst(entries.count / 2) {
        // What is rare (acknowledgements, losses) may ask for memory.
        let isData = baseline[connection].indices.contains(place) && baseline[connection][place].step.actions.isEmpty
        guard let frame = entry.frame, isData else {
          _ = feed(entry, trial)
          continue
        }
        var batch = InputBatch()
        batch.append(.frame(ConnectionID(index: 0), batch.store(frame.span.bytes), at: entry.time))
        let before = allocations()
        trial.receive(batch, 0..<1)
        count += allocations() - before
        frames += 1
      }
    }
    guard frames >= 20 else { throw .unknown("\(frames) frames of data in the second half; twenty are needed") }
    let each = Double(count) / Double(frames)
    let text = "\(count) for \(frames) frames"
    guard each < 0.1 else { throw .wrong(text) }
    return text
  }
}
