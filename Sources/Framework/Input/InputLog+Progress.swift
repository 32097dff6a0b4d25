internal import Foundation

/// What a source asks of the core's progress, and the answers.
struct ProgressDesk {
  struct Answer {
    let answer: ProgressAnswer
    /// Whether every alert up to there is kept or delivered.
    let isSafe: @Sendable () -> Bool

    init(_ answer: ProgressAnswer, isSafe: @escaping @Sendable () -> Bool) {
      self.answer = answer
      self.isSafe = isSafe
    }
  }

  /// Events that were handed over.
  var appended: UInt64 = 0
  /// The source has asked before: it will want to know where the run ends.
  var isUsed = false
  /// So many events shall have been read before the answer.
  var wanted: UInt64?
  /// Answers whose alerts were not safe when they were last looked at.
  var waiting: [Answer] = []
  var settled: DetectionProgress?
  /// The core reads no more.
  var isClosed = false
  /// Nil where alerts and progress are two things.
  var transactions: AlertTransactions?
  /// The newest answer that the source has not taken, where a sink commits its place.
  var answer: ProgressAnswer?

  /// Whether the newest request has its answer. Once the run is over, only what the core says at its end counts.
  func isAnswered(isStopped: Bool) -> Bool { isClosed || !isStopped && wanted == nil }
}

extension InputLog.Writer {
  /// Asks how far detection is once it has read what was appended so far. The answer is `progress`, some time later.
  public func requestProgress() { log.requestProgress(of: lane) }

  /// Whether the newest request is yet to be answered. To ask again is to wait for what was appended meanwhile as well.
  public var awaitsProgress: Bool { log.condition.withLock { log.lanes[lane].desk.wanted != nil } }

  /// The newest answer whose alerts are safe: in the journal or, without one, taken by every sink.
  public var progress: DetectionProgress? { log.settledProgress(of: lane) }

  /// Waits for the answer to the newest request, at most so long, and gives the newest there is. At the end of a run it
  /// says where the core stopped reading.
  public func waitForProgress(atMost limit: Duration) -> DetectionProgress? {
    log.waitForProgress(of: lane, atMost: limit)
  }

  /// Where a sink commits this source's place together with the alerts; then an answer is to be taken and committed, and
  /// `progress` says nothing.
  public var transactions: AlertTransactions? { log.condition.withLock { log.lanes[lane].desk.transactions } }

  /// The newest answer that was not taken. For transactions.
  public func takeAnswer() -> ProgressAnswer? {
    log.condition.withLock { log.lanes[lane].desk.answer.take() }
  }

  /// Waits for the answer to the newest request, at most so long, and takes it; nil when it has not come, though there may
  /// be an earlier one. For transactions.
  public func waitForAnswer(atMost limit: Duration) -> ProgressAnswer? {
    log.waitForAnswer(of: lane, atMost: limit) ? takeAnswer() : nil
  }

  /// The source will have something to put away when the run is over, a program, say: the run waits a little for its end.
  public func awaitEnd() { log.condition.withLock { log.lanes[lane].isAwaited = true } }

  /// The run is over; whatever would still be appended is turned away.
  public var isStopped: Bool { log.condition.withLock { log.isStopped } }
}

extension InputLog {
  fileprivate func requestProgress(of lane: Int) {
    condition.withLock {
      lanes[lane].desk.isUsed = true
      lanes[lane].desk.wanted = lanes[lane].desk.appended
      wantsProgress = true
      condition.broadcast()
    }
    wake()
  }

  fileprivate func settledProgress(of lane: Int) -> DetectionProgress? {
    let waiting = condition.withLock { lanes[lane].desk.waiting }
    // Asked without the lock: the answer takes others.
    let safe = waiting.prefix { $0.isSafe() }.count
    return condition.withLock {
      if safe > 0 {
        lanes[lane].desk.settled = waiting[safe - 1].answer.progress
        lanes[lane].desk.waiting.removeFirst(safe)
      }
      return lanes[lane].desk.settled
    }
  }

  fileprivate func waitForProgress(of lane: Int, atMost limit: Duration) -> DetectionProgress? {
    let deadline = ContinuousClock.now + limit
    while true {
      let news = condition.withLock { progressNews }
      let settled = settledProgress(of: lane)
      condition.lock()
      let desk = lanes[lane].desk
      let isDone = desk.waiting.isEmpty && desk.isAnswered(isStopped: isStopped)
      let isLate = !isDone && progressNews == news && !condition.wait(until: deadline)
      condition.unlock()
      if isDone || isLate { return settled }
    }
  }

  /// False when it has not come.
  fileprivate func waitForAnswer(of lane: Int, atMost limit: Duration) -> Bool {
    let deadline = ContinuousClock.now + limit
    return condition.withLock {
      while !lanes[lane].desk.isAnswered(isStopped: isStopped), condition.wait(until: deadline) {}
      return lanes[lane].desk.isAnswered(isStopped: isStopped)
    }
  }

  /// Something may have become safe.
  func noteProgress() {
    condition.withLock {
      progressNews &+= 1
      condition.broadcast()
    }
  }

  // MARK: The core

  /// The lanes that want to know, each with the events that shall have been read before.
  func takeProgressRequests() -> [(lane: Int, events: UInt64)] {
    condition.withLock {
      wantsProgress = false
      return lanes.indices.compactMap { lane in lanes[lane].desk.wanted.map { (lane, $0) } }
    }
  }

  func answer(_ lane: Int, _ answer: ProgressDesk.Answer) {
    condition.withLock {
      if let wanted = lanes[lane].desk.wanted, wanted <= answer.answer.progress.events { lanes[lane].desk.wanted = nil }
      if lanes[lane].desk.transactions == nil {
        lanes[lane].desk.waiting.append(answer)
      } else {
        lanes[lane].desk.answer = answer.answer
      }
      progressNews &+= 1
      condition.broadcast()
    }
  }

  /// The lanes whose sources have asked before.
  var trackedLanes: [Int] { condition.withLock { lanes.indices.filter { lanes[$0].desk.isUsed } } }

  /// A sink commits the lane's place.
  func setTransactions(_ transactions: AlertTransactions?, of writer: Writer) {
    condition.withLock { lanes[writer.lane].desk.transactions = transactions }
  }

  /// Whether a source is waited for at the end.
  var awaitsSources: Bool { condition.withLock { lanes.contains { $0.desk.isUsed || $0.isAwaited } } }

  /// No more answers come.
  func closeProgress() {
    condition.withLock {
      for lane in lanes.indices { lanes[lane].desk.isClosed = true }
      condition.broadcast()
    }
  }

  /// Returns once the sources that have something to write down or put away have ended, or at the deadline.
  func waitForTrackedSources(until deadline: ContinuousClock.Instant) {
    condition.lock()
    while lanes.contains(where: { ($0.desk.isUsed || $0.isAwaited) && !$0.hasEnded }), condition.wait(until: deadline) {
    }
    condition.unlock()
  }
}
