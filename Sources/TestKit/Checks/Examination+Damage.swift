@_spi(Fuzzing) internal import ArbdFramework

/// Frames that are not what they should be.
extension Examination {
  func checkReplay() throws(Finding) -> String {
    for (connection, entries) in recording.connections.enumerated() {
      try compare(play(entries), with: baseline[connection], "the second time")
    }
    return "twice the same"
  }

  private func compare(_ played: [Played], with other: [Played], _ when: String) throws(Finding) {
    for (left, right) in zip(played, other) where left.step != right.step {
      throw .wrong("leads to something else \(when)", line: left.entry.line, frame: left.entry.frame)
    }
  }

  func checkPrefixes() throws(Finding) -> String {
    var count = 0
    let trial = trial()
    for (frame, time, line) in kindsOfFrames() {
      _ = trial.connect(at: time)
      let step = max(1, frame.count / 2_000)
      for length in stride(from: 0, to: frame.count, by: step) {
        let prefix = Array(frame[..<length])
        let outcome = trial.receive(prefix.span.bytes, at: time)
        count += 1
        guard outcome.trades.isEmpty, outcome.quotes.isEmpty else {
          throw .wrong("its first \(length) bytes are taken for all of it", line: line, frame: frame)
        }
        guard !outcome.stops else {
          throw .wrong("its first \(length) bytes stop the session", line: line, frame: frame)
        }
      }
      try checkStillReads(frame, at: time, line, trial, "after its own beginnings")
      trial.disconnect()
    }
    try checkAfterwards(trial)
    return "\(count) beginnings of \(kindsOfFrames().count) kinds of frames"
  }

  func checkMutations() throws(Finding) -> String {
    var count = 0
    let trial = trial()
    var mutation = Mutation(seed: 8)
    for (frame, time, line) in kindsOfFrames() {
      _ = trial.connect(at: time)
      let text = FrameText(frame)
      for _ in 0..<wishes.mutationsPerFrame {
        let spoilt = mutation.apply(to: text)
        let outcome = trial.receive(spoilt.span.bytes, at: time)
        count += 1
        guard !outcome.stops else {
          throw .wrong("spoilt, it stops the session: \(FrameText.excerpt(spoilt))", line: line, frame: frame)
        }
        for trade in outcome.trades where !subscriptions.contains(where: { $0.market == trade.market }) {
          throw .wrong("spoilt, it gives a trade of a market that was not asked for", line: line, frame: spoilt)
        }
      }
      try checkStillReads(frame, at: time, line, trial, "after spoilt ones")
      trial.disconnect()
    }
    try checkAfterwards(trial)
    return "\(count) spoilt frames neither trap nor stop the session"
  }

  /// The connection goes on: the frame is read as before, or known as a repetition.
  private func checkStillReads(
    _ frame: [UInt8], at time: Timestamp, _ line: Int, _ trial: SessionTrial, _ when: String
  ) throws(Finding) {
    let step = trial.receive(frame.span.bytes, at: time)
    guard let error = step.errors.first else { return }
    throw .wrong("cannot be read \(when): \(error)", line: line, frame: frame)
  }

  /// A new connection after all that knows nothing of it.
  private func checkAfterwards(_ trial: SessionTrial) throws(Finding) {
    for (number, entries) in recording.connections.enumerated() {
      trial.disconnect()
      let first = Recording.Entry(.connected, at: entries.first?.time ?? Timestamp(microseconds: 0), line: 0)
      var again = entries
      if case .connected? = entries.first?.kind {} else { again.insert(first, at: 0) }
      let played = play(again, on: trial).suffix(baseline[number].count)
      for (left, right) in zip(played, baseline[number]) where left.step.trades != right.step.trades {
        throw .wrong("leads to something else on a new connection", line: left.entry.line, frame: left.entry.frame)
      }
    }
  }

  func checkUnknownMembers() throws(Finding) -> String {
    var count = 0
    for inFront in [true, false] {
      for (connection, entries) in recording.connections.enumerated() {
        let changed = entries.map { entry in
          entry.frame.map { entry.with(frame: FrameText($0).withUnknownMembers(inFront: inFront)) } ?? entry
        }
        count += changed.count
        let played = play(changed)
        let place = inFront ? "in front of the others" : "behind the others"
        for (left, right) in zip(played, baseline[connection]) where left.step != right.step {
          let why = left.step.errors.first.map { ": \($0)" } ?? ""
          throw .wrong(
            "with unknown members \(place) it leads to something else\(why)", line: left.entry.line,
            frame: left.entry.frame)
        }
      }
    }
    return "\(count) frames with members that no venue sends"
  }

  private static let unknownMessages = [
    "{\"arbd_unknown\":\"message\"}", "{\"type\":\"arbd_unknown\"}", "{\"event\":\"arbd_unknown\",\"data\":{}}",
    "{\"channel\":\"arbd_unknown\",\"data\":[{}]}", "{\"method\":\"arbd_unknown\"}", "{\"e\":\"arbd_unknown\"}",
    "{\"topic\":\"arbd_unknown\",\"data\":{}}", "{\"op\":\"arbd_unknown\"}",
  ]

  func checkUnknownMessages() throws(Finding) -> String {
    let start = recording.frames.first?.time ?? Timestamp(microseconds: 0)
    let trial = trial()
    _ = trial.connect(at: start)
    for text in Examination.unknownMessages {
      let bytes = Array(text.utf8)
      let step = trial.receive(bytes.span.bytes, at: start)
      guard step.trades.isEmpty, step.quotes.isEmpty else { throw .wrong("data comes out of \(text)") }
      guard step.errors.allSatisfy({ $0.remedy == .skip }) else {
        throw .wrong("\(text) is not skipped: \(step.errors.map(\.description))")
      }
    }
    try checkAfterwards(trial)
    return "\(Examination.unknownMessages.count) messages of types that no venue has are skipped"
  }
}
