internal import ArbdFramework
internal import ArbdKafka
internal import ArbdProcesses
internal import Foundation
internal import Logging

/// The loop of a Kafka source: from the consumer into the log, and back again how far detection is.
struct KafkaReader {
  /// How long a partition that has more to come, but brings nothing, may hold up the others.
  private static let patience = Duration.seconds(10)
  private static let pollMilliseconds: Int32 = 100
  /// How long it waits for the core in a row: the group expects to hear of it all the time.
  private static let attention = Duration.milliseconds(100)
  /// Records may be so far ahead of this machine's clock.
  private static let clockTolerance = Duration.seconds(60)

  private let consumer: KafkaConsumer
  private let options: KafkaSourceOptions
  private let log: InputLog.Writer
  private let logger: Logger
  private var repeated: RepeatedLog
  private var decoder: RecordDecoder
  private var batch = InputBatch()
  private var merge = PartitionMerge()
  /// By number; nil where it was given up.
  private var members: [KafkaMember?] = []
  /// By the consumer's place: the number here.
  private var numbers: [Int] = []
  /// Events that were handed over, those in `batch` included.
  private var events: UInt64 = 0
  private var lastTime = Timestamp(microseconds: 0)
  private var commits: KafkaCommits
  private var heldUpSince: ContinuousClock.Instant?

  /// Called when the group has given partitions.
  private let onAssignment: () -> Void

  init(
    _ consumer: KafkaConsumer, _ options: KafkaSourceOptions, _ log: InputLog.Writer, _ logger: Logger,
    onAssignment: @escaping () -> Void
  ) {
    self.onAssignment = onAssignment
    self.consumer = consumer
    self.options = options
    self.log = log
    self.logger = logger
    repeated = RepeatedLog(logger)
    commits = KafkaCommits(consumer, log, interval: options.commitInterval, logger)
    decoder = RecordDecoder(markets: log.markets)
  }

  /// Returns by an error: when the run is over, or when the consumer is of no more use.
  mutating func run() throws {
    do {
      while !log.isStopped {
        try readSome()
        try handOver()
        commits.turn(&members)
      }
      throw InputLog.Stopped()
    } catch let error as InputLog.Stopped {
      commits.sayFarewell(&members)
      throw error
    }
  }

  // MARK: Reading

  /// Takes what the consumer has, waits for the first of it.
  private mutating func readSome() throws {
    var wait = merge.isEmpty || heldUpSince != nil || commits.isBehind ? KafkaReader.pollMilliseconds : 0
    for _ in 0..<InputBatch.usualCount {
      var content = PartitionMerge.Record.Content.unreadable
      var (time, reason) = (lastTime, "")
      let event = consumer.next(milliseconds: wait) { bytes in
        do throws(LineError) {
          switch options.reads {
          case .prices:
            let event = try decoder.decode(bytes.bytes)
            time = event.receiveTime
            content = .event(event)
          case .alerts:
            time = try AlertDecoder.decode(bytes.bytes).detectedAt
            content = .alert(Array(bytes))
          }
        } catch {
          reason = error.description
        }
      }
      switch event {
      case .nothing: return
      case .record(let place, let offset):
        guard let number = number(of: place) else { continue }
        if case .unreadable = content { noteUnreadable(number, offset, reason) }
        merge.append(PartitionMerge.Record(offset: offset, content: content, time: time), to: number)
        members[number]?.received = offset + 1
      case .end(let place): if let number = number(of: place) { merge.reachedEnd(number) }
      case .assigned(let partitions): return try take(partitions)
      case .revoked(let partitions, let isLost): return try giveUp(partitions, isLost: isLost)
      case .failed(let error):
        if error.kind == .fatal { throw error }
        repeated.warn("error \(error.code)") { "kafka: \(error)" }
      case .commitFailed(let error):
        log.count("failed_commits")
        repeated.warn("commit") { "kafka: an offset was not committed: \(error)" }
        for number in members.indices { members[number]?.forgetCommitted() }
      }
      wait = 0
    }
  }

  private mutating func noteUnreadable(_ number: Int, _ offset: Int64, _ reason: String) {
    log.count("undecodable_records")
    let partition = members[number].map { "\($0.partition)" } ?? ""
    repeated.warn("undecodable") { "kafka: skipped \(partition) offset \(offset): \(reason)" }
  }

  private mutating func number(of place: Int) -> Int? {
    if place < numbers.count, numbers[place] < members.count, members[numbers[place]] != nil { return numbers[place] }
    let partitions = consumer.partitions
    numbers = partitions.map { partition in members.firstIndex { $0?.partition == partition } ?? members.count }
    // What comes of a partition that is none of ours any more is dropped.
    if let unknown = numbers.firstIndex(of: members.count), unknown == place { return nil }
    return place < numbers.count && numbers[place] < members.count ? numbers[place] : nil
  }

  // MARK: Into the log

  private mutating func handOver() throws {
    for number in merge.awaited {
      // What is known of the end may be old while what was read before is read again.
      guard let member = members[number], !member.isRebuilding, let offset = member.received else { continue }
      if consumer.isAtEnd(member.partition, offset: offset) { merge.reachedEnd(number) }
    }
    let isImpatient = heldUpSince.map { ContinuousClock.now - $0 > KafkaReader.patience } ?? false
    if isImpatient {
      repeated.warn("held up") { "kafka: a partition brings nothing though it has more; going on without it" }
    }
    var isHeldUp = commits.isBehind
    while !merge.isEmpty, !isHeldUp {
      guard log.waitForRoom(atMost: KafkaReader.attention) else {
        isHeldUp = true
        break
      }
      let before = events
      merge.take(InputBatch.usualCount, waits: !isImpatient) { number, record in
        KafkaReader.append(record, of: number, &batch, &members, &events, &lastTime)
      }
      try flush()
      look(at: lastTime)
      if events == before { break }
      isHeldUp = commits.isBehind
    }
    for number in members.indices where merge.isEmpty {
      // Perhaps nothing comes behind what was read before, or not even all of that is there any more.
      let isAtEnd = !merge.awaited.contains(number)
      guard let member = members[number], isAtEnd || member.next != nil else { continue }
      KafkaReader.appendRebuilt(
        number, before: isAtEnd ? nil : member.next, &batch, &members, &events, lastTime)
    }
    try flushIfRoom()
    heldUpSince = merge.isEmpty || isHeldUp ? nil : heldUpSince ?? .now
    let pauses = merge.takePauses()
    consumer.setPaused(true, pauses.paused.compactMap { members[$0]?.partition })
    consumer.setPaused(false, pauses.resumed.compactMap { members[$0]?.partition })
  }

  private static func append(
    _ record: PartitionMerge.Record, of number: Int, _ batch: inout InputBatch, _ members: inout [KafkaMember?],
    _ events: inout UInt64, _ lastTime: inout Timestamp
  ) {
    switch record.content {
    case .event(let event):
      appendRebuilt(number, before: record.offset, &batch, &members, &events, lastTime)
      batch.append(.record(event))
      members[number]?.note(event: events, offset: record.offset, market: event.market)
      lastTime = event.receiveTime
    case .alert(let text):
      batch.append(.alert(batch.store(text.span.bytes), at: record.time))
      members[number]?.note(event: events, offset: record.offset, market: nil)
    case .unreadable:
      members[number]?.skip(offset: record.offset)
      return
    }
    events += 1
  }

  /// Says of whom what an earlier run had read has been read again, when `offset` comes next.
  private static func appendRebuilt(
    _ number: Int, before offset: Int64?, _ batch: inout InputBatch, _ members: inout [KafkaMember?],
    _ events: inout UInt64, _ time: Timestamp
  ) {
    for detector in members[number]?.rebuilt(at: offset, events: events) ?? [] {
      let name = Array(detector.utf8)
      batch.append(.rebuilt(detector: batch.store(name.span.bytes), at: time))
      events += 1
    }
  }

  /// Waits for the core, however long that takes.
  private mutating func flush() throws { batch = try log.append(batch) }

  /// What there is no room for goes with what comes next.
  private mutating func flushIfRoom() throws { if log.waitForRoom(atMost: .zero) { try flush() } }

  /// Windows follow the records' clock: after one from the future everything true is late.
  private mutating func look(at time: Timestamp) {
    let ahead = Duration.microseconds(time.microseconds - Timestamp.now.microseconds)
    guard ahead > KafkaReader.clockTolerance else { return }
    repeated.warn("future") {
      "kafka: a record was received \(Int64(ahead / .seconds(1))) s ahead of this machine's clock; what comes behind it may be late"
    }
  }

  // MARK: The group

  private mutating func take(_ partitions: [KafkaPartition]) throws {
    onAssignment()
    let positions = try committed(partitions)
    for position in positions {
      let progress = CommittedProgress(position.metadata)
      if progress == nil {
        logger.warning("kafka: \(position.partition): what was committed with the offset is not of arbd")
      }
      let resumed = progress ?? CommittedProgress(firedUntil: [:], readUntil: 0, clock: lastTime)
      for (detector, time) in resumed.firedUntil.sorted(by: { $0.key < $1.key }) {
        let name = Array(detector.utf8)
        batch.append(.resumed(detector: batch.store(name.span.bytes), firedUntil: time, at: resumed.clock))
        events += 1
      }
      let number = members.firstIndex { $0 == nil } ?? members.count
      if number == members.count { members.append(nil) }
      members[number] = KafkaMember(position, resumed: resumed)
      merge.add(number)
    }
    numbers = []
    // The group waits; the core, perhaps held up by a sink, must not make it wait longer.
    try flushIfRoom()
    try consumer.assign(positions)
    logger.notice("kafka: reads \(partitions.map(\.description).sorted().joined(separator: ", "))")
  }

  /// Asks until there is an answer: without it windows would fire twice.
  private mutating func committed(_ partitions: [KafkaPartition]) throws -> [KafkaPosition] {
    while !log.isStopped {
      do throws(KafkaError) {
        return try consumer.committed(partitions, within: options.connection.timeout)
      } catch {
        if error.kind == .fatal { throw error }
        repeated.warn("committed") { "kafka: \(error)" }
        Thread.sleep(forTimeInterval: 0.5)
      }
    }
    throw InputLog.Stopped()
  }

  /// Commits what detection has come to, and has it forget what others will read from now on.
  private mutating func giveUp(_ partitions: [KafkaPartition], isLost: Bool) throws {
    let given = members.indices.filter { members[$0].map { partitions.contains($0.partition) } ?? false }
    if !isLost { commits.finish(given, of: &members) }
    for number in given {
      for market in members[number]?.seenMarkets ?? [] {
        batch.append(.released(market, at: lastTime))
        events += 1
      }
      members[number] = nil
      merge.remove(number)
    }
    numbers = []
    if log.transactions == nil { try flushIfRoom() } else { try flush() }
    commits.drop()
    try consumer.release(partitions)
    logger.notice("kafka: gave up \(partitions.map(\.description).sorted().joined(separator: ", "))")
  }
}

extension MarketEvent {
  fileprivate var market: MarketID? {
    switch self {
    case .trade(let trade): trade.market
    case .quote(let quote): quote.market
    case .withdrawn(let market, _, _): market
    case .clock: nil
    }
  }
}
