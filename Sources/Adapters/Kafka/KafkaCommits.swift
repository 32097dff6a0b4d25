internal import ArbdFramework
internal import ArbdKafka
internal import Logging

/// Writes down how far detection is with what was read: by commits of its own, once the alerts are safe, or by a place in
/// the transactions that commit them.
struct KafkaCommits {
  /// How long a partition that is taken away waits for the alerts of what was read of it.
  private static let handoverTime = Duration.seconds(5)
  /// The same for transactions: what is not committed then is found again.
  private static let transactionTime = Duration.seconds(30)
  /// Behind the end of a run, which waits a little longer for its sources.
  private static let farewellTime = Duration.milliseconds(1_500)
  /// How often somebody who waits looks whether the run is over.
  private static let attention = Duration.milliseconds(500)

  private let consumer: KafkaConsumer
  private let log: InputLog.Writer
  private let transactions: AlertTransactions?
  private let interval: Duration
  private var repeated: RepeatedLog
  private var next = ContinuousClock.now

  init(_ consumer: KafkaConsumer, _ log: InputLog.Writer, interval: Duration, _ logger: Logger) {
    self.consumer = consumer
    self.log = log
    self.interval = interval
    transactions = log.transactions
    repeated = RepeatedLog(logger)
  }

  /// Transactions are behind by so much that nothing more should be found for now.
  var isBehind: Bool { transactions?.isFull ?? false }

  /// Asks when it is time, and commits what has been answered.
  mutating func turn(_ members: inout [KafkaMember?]) {
    let now = ContinuousClock.now
    // While the core is behind, a request that replaced the one before it would never be due.
    if now >= next || isBehind, transactions?.isUnderWay != true, !log.awaitsProgress {
      next = now + interval
      log.requestProgress()
    }
    if let transactions {
      if let answer = log.takeAnswer() { order(answer, &members, transactions) }
    } else if let progress = log.progress {
      commit(progress, to: members.indices.filter { members[$0] != nil }, &members, waits: false)
    }
  }

  /// Before others read the partitions of these members. What cannot be committed in time is found again by whoever has
  /// them next.
  mutating func finish(_ numbers: [Int], of members: inout [KafkaMember?]) {
    log.requestProgress()
    if let transactions {
      // A transaction holds the alerts of all partitions, and so the places of all.
      let answer = log.waitForAnswer(atMost: KafkaCommits.handoverTime) ?? log.takeAnswer()
      if let answer { order(answer, &members, transactions) }
      if !transactions.wait(atMost: KafkaCommits.transactionTime) {
        repeated.warn("late") { "kafka: partitions are given up before what was found in them is committed" }
      }
    } else if let progress = log.waitForProgress(atMost: KafkaCommits.handoverTime) {
      commit(progress, to: numbers, &members, waits: true)
    }
  }

  /// Behind the events that make detectors forget: alerts that nobody has ordered to be committed go with them. An answer
  /// from before those events would leave some.
  func drop() {
    guard let transactions else { return }
    log.requestProgress()
    while !log.isStopped {
      if let answer = log.waitForAnswer(atMost: KafkaCommits.attention) { return transactions.drop(upTo: answer) }
    }
  }

  /// At the end of the run: where the core stopped is where the next run begins.
  mutating func sayFarewell(_ members: inout [KafkaMember?]) {
    if let transactions {
      let answer = log.waitForAnswer(atMost: KafkaCommits.farewellTime) ?? log.takeAnswer()
      if let answer { order(answer, &members, transactions) }
      _ = transactions.wait(atMost: KafkaCommits.farewellTime)
    } else if let progress = log.waitForProgress(atMost: KafkaCommits.farewellTime) {
      commit(progress, to: members.indices.filter { members[$0] != nil }, &members, waits: true)
    }
  }

  private mutating func order(
    _ answer: ProgressAnswer, _ members: inout [KafkaMember?], _ transactions: AlertTransactions
  ) {
    let all = members.indices.filter { members[$0] != nil }
    let positions = positions(answer.progress, of: all, &members, isNews: true)
    // Where there is nothing new there are no alerts either.
    guard !positions.isEmpty, let group = consumer.group else { return }
    transactions.commit(KafkaPlace(group: group, positions: positions), for: answer)
  }

  private mutating func commit(
    _ progress: DetectionProgress, to numbers: [Int], _ members: inout [KafkaMember?], waits: Bool
  ) {
    let positions = positions(progress, of: numbers, &members, isNews: !waits)
    do throws(KafkaError) {
      try consumer.commit(positions, waits: waits)
    } catch {
      repeated.warn("commit") { "kafka: \(error)" }
    }
  }

  private mutating func positions(
    _ progress: DetectionProgress, of numbers: [Int], _ members: inout [KafkaMember?], isNews: Bool
  ) -> [KafkaPosition] {
    var positions: [KafkaPosition] = []
    for number in numbers {
      guard let (position, leftOut) = members[number]?.position(for: progress, isNews: isNews) else { continue }
      positions.append(position)
      if leftOut > 0 {
        repeated.warn("metadata") { "kafka: \(position.partition): no room for \(leftOut) detectors beside the offset" }
      }
    }
    return positions
  }
}
