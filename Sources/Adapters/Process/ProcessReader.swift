import ArbdFramework
import ArbdProcesses
import Logging
import Synchronization

/// The loop of a process source: from the program's pipe into the log, and a new program after the old one.
struct ProcessReader {
  private let options: ProcessSourceOptions
  private let name: String
  private let log: InputLog.Writer
  private let counts: ProcessCounts
  private let logger: Logger
  private var repeated: RepeatedLog
  private var backoff: Backoff
  private var decoder: RecordDecoder
  private var batch = InputBatch()
  /// By market number: it has brought something since it was last withdrawn.
  private var brought: [Bool] = []
  private let instruments: Set<Instrument>
  private var venues: Set<String> = []
  /// Lines without a record since the last one.
  private var unreadable = 0
  /// When the log last heard something.
  private var lastAppend = ContinuousClock.now
  private var lastTime = Timestamp(microseconds: 0)
  private var random = SystemRandomNumberGenerator()

  /// A line that is longer is no record.
  static let maximumLineBytes = 1 << 16
  /// How often the log hears from a program that says nothing, so that nobody waits for it.
  private static let tickInterval = Duration.milliseconds(250)
  /// A program that ran for so long and had records has lived: pauses begin anew after it.
  private static let livedAfter = Duration.seconds(60)
  /// So many lines that are no records, with none that is one, and a program is of no use.
  private static let mostUnreadable = 100_000
  /// A line that goes on for so long has no end.
  private static let mostDropped = 16 << 20
  /// Venues that one program may name where the config names none.
  private static let mostVenues = 64

  init(
    _ options: ProcessSourceOptions, name: String, _ log: InputLog.Writer, _ counts: ProcessCounts, _ logger: Logger
  ) {
    self.options = options
    self.name = name
    self.log = log
    self.counts = counts
    self.logger = logger
    repeated = RepeatedLog(logger)
    instruments = Set(options.instruments)
    let cap = options.longestDelay
    backoff = Backoff(base: min(.seconds(1), cap), cap: cap)
    decoder = RecordDecoder(markets: log.markets)
  }

  /// How a program's time ended.
  private struct Outcome {
    let reason: String
    var isDone = false
    /// Another start will hardly mend it.
    var isHopeless = false
    var hadRecords = false
  }

  /// Returns when a program has no more; throws at the end of the run and where no program is to be started again.
  mutating func run() throws {
    while true {
      let start = ContinuousClock.now
      counts.starts.add(1, ordering: .relaxed)
      let outcome = try live()
      try withdraw()
      if outcome.isDone, options.restart != .always {
        logger.notice("\(name): it ended with status 0: there is no more")
        return
      }
      if options.restart == .never { throw ProcessError("\(name): \(outcome.reason)") }
      if outcome.hadRecords, ContinuousClock.now - start >= ProcessReader.livedAfter { backoff.reset() }
      let delay = outcome.isHopeless ? backoff.nextAtCap(using: &random) : backoff.next(using: &random)
      log.count("restarts")
      repeated.warn("end") { [name] in
        "\(name): \(outcome.reason); it is started again in \(Int(delay / .milliseconds(1))) ms"
      }
      try pause(delay)
    }
  }

  // MARK: One program

  private mutating func live() throws -> Outcome {
    let process: ChildProcess
    do throws(ProcessError) {
      process = try options.process.start()
    } catch {
      return Outcome(reason: error.reason, isHopeless: true)
    }
    counts.isRunning.store(true, ordering: .relaxed)
    defer {
      process.end(grace: options.process.grace)
      counts.isRunning.store(false, ordering: .relaxed)
    }
    return try converse(with: process)
  }

  private mutating func converse(with process: ChildProcess) throws -> Outcome {
    var request = Handshake.request(role: "source", name: name, members)[...]
    var lines = LineReader(maximumLineBytes: ProcessReader.maximumLineBytes)
    var messages = ProcessLog(logger, name: name)
    var isShaken = false
    var hadRecords = false
    var isOpen = true
    unreadable = 0
    let deadline = ContinuousClock.now + options.process.handshakeTimeout
    while true {
      if log.isStopped { throw InputLog.Stopped() }
      let ready = process.wait(forInput: !request.isEmpty, atMost: ProcessReader.tickInterval)
      if ready.input { request = process.write(request).map { request.dropFirst($0) } ?? [] }
      if ready.log {
        var news: [ProcessLog.Status] = []
        _ = messages.read(from: process) { news.append($0) }
        for status in news { note(status) }
      }
      if ready.output {
        decoder.arrival = options.clock == .arbd ? .now : nil
        _ = lines.fill { process.readOutput(&$0, from: $1) }
        isOpen = !lines.isAtEnd
        while let line = lines.nextLine() {
          if isShaken {
            read(line, in: lines)
            continue
          }
          if let refusal = handshake(line, in: lines) { return refusal }
          isShaken = true
        }
        hadRecords = hadRecords || !batch.events.isEmpty
      }
      if !ready.output, ready.hasExited { isOpen = false }
      try handOver()
      if lines.droppedBytes > ProcessReader.mostDropped {
        return Outcome(reason: "a line that it writes does not end", hadRecords: hadRecords)
      }
      if unreadable > ProcessReader.mostUnreadable {
        return Outcome(reason: "it writes nothing but lines that cannot be read", hadRecords: hadRecords)
      }
      if !isOpen { return end(of: process, isShaken: isShaken, hadRecords: hadRecords) }
      if !isShaken, ContinuousClock.now >= deadline {
        return Outcome(reason: "it said nothing within \(options.process.handshakeTimeout.encoded)")
      }
    }
  }

  private var members: [JSONTree.Member] {
    [
      JSONTree.Member("instruments", .strings(options.instruments.map(\.description))),
      JSONTree.Member("channels", .strings(options.channels.map(\.rawValue))),
    ] + options.process.members
  }

  private func handshake(_ line: LineReader.Line, in lines: LineReader) -> Outcome? {
    guard case .bytes(let range) = line else { return Outcome(reason: "its first line is too long", isHopeless: true) }
    do throws(Handshake.Refusal) {
      try Handshake.check(lines.buffer.span.bytes.extracting(range))
      logger.info("\(name): started")
      return nil
    } catch {
      return Outcome(reason: error.description, isHopeless: true)
    }
  }

  private func end(of process: ChildProcess, isShaken: Bool, hadRecords: Bool) -> Outcome {
    guard let ending = process.waitForEnd(atMost: min(options.process.grace, ProcessReader.tickInterval)) else {
      return Outcome(reason: "it closed its standard output", hadRecords: hadRecords)
    }
    if ending.isSuccess, !isShaken { return Outcome(reason: "it ended before it said anything") }
    return Outcome(reason: ending.description, isDone: ending.isSuccess, hadRecords: hadRecords)
  }

  // MARK: What it says

  private mutating func read(_ line: LineReader.Line, in lines: LineReader) {
    do throws(LineError) {
      guard case .bytes(let range) = line else { throw .tooLong("line") }
      if range.isEmpty { return }
      let event = try decoder.decode(lines.buffer.span.bytes.extracting(range))
      let market: MarketID
      switch event {
      case .trade(let trade): market = trade.market
      case .quote(let quote): market = quote.market
      case .withdrawn, .clock: return
      }
      guard isWanted(market) else { return }
      lastTime = max(lastTime, event.receiveTime)
      batch.append(.record(event))
      unreadable = 0
      counts.records.add(1, ordering: .relaxed)
    } catch {
      skip(error.kind) { "\(error)\(ProcessReader.excerpt(line, in: lines))" }
    }
  }

  /// Notes that there is something of the market; false where it is of a venue that this source does not bring.
  @inline(__always)
  private mutating func isWanted(_ market: MarketID) -> Bool {
    let index = Int(market.index)
    if index < brought.count, brought[index] { return true }
    return isWantedAnew(market)
  }

  private mutating func isWantedAnew(_ market: MarketID) -> Bool {
    let name = log.markets[market]
    guard instruments.contains(name.instrument) else {
      skip("instrument") { "a record of \(name), which \"instruments\" does not name" }
      return false
    }
    if let venue = options.venue, name.venue != venue {
      skip("venue") { "a record of \(name), but \"venue\" is \(venue)" }
      return false
    }
    if !venues.contains(name.venue) {
      guard venues.count < ProcessReader.mostVenues else {
        skip("venue") { "a record of \(name), but there are \(ProcessReader.mostVenues) venues already" }
        return false
      }
      venues.insert(name.venue)
    }
    let index = Int(market.index)
    if index >= brought.count { brought += repeatElement(false, count: index + 1 - brought.count) }
    brought[index] = true
    return true
  }

  private mutating func skip(_ kind: String, _ message: () -> String) {
    log.count("skipped_lines")
    unreadable += 1
    counts.skipped.add(1, ordering: .relaxed)
    repeated.warn("line \(kind)") { [name] in "\(name): skipped a line: \(message())" }
  }

  private static func excerpt(_ line: LineReader.Line, in lines: LineReader) -> String {
    guard case .bytes(let range) = line else { return "" }
    return " in \(lines.buffer.span.bytes.extracting(range).excerpt)"
  }

  private mutating func note(_ status: ProcessLog.Status) {
    let what = status.instrument.map { "\($0)" } ?? "all instruments"
    let reason = status.reason.map { ": \($0.printable)" } ?? ""
    let level: Logger.Level = status.state.withdrawsMarkets ? .warning : .info
    logger.log(level: level, "\(name): \(what): \(status.state.rawValue)\(reason)")
    if status.state.withdrawsMarkets { withdraw(of: status.instrument) }
  }

  // MARK: Time, and what is no longer to be trusted

  /// Gives the log what there is. Where there is nothing for a while it gets a tick, so that the others go on; a replay's
  /// time stands still meanwhile.
  private mutating func handOver() throws {
    let now = ContinuousClock.now
    if batch.events.isEmpty, options.clock == .arbd, now - lastAppend >= ProcessReader.tickInterval {
      lastTime = .now
      batch.append(.tick(lastTime))
    }
    guard !batch.events.isEmpty else { return }
    lastAppend = now
    batch = try log.append(batch)
  }

  private mutating func withdraw() throws {
    withdraw(of: nil)
    try handOver()
  }

  private mutating func withdraw(of instrument: Instrument?) {
    let time = options.clock == .arbd ? .now : lastTime
    for index in brought.indices where brought[index] {
      let market = MarketID(index: Int32(index))
      if let instrument, log.markets[market].instrument != instrument { continue }
      brought[index] = false
      batch.append(.record(.withdrawn(market, channel: nil, at: time)))
    }
  }

  private mutating func pause(_ delay: Duration) throws {
    let end = ContinuousClock.now + delay
    while true {
      if log.isStopped { throw InputLog.Stopped() }
      let rest = end - .now
      guard rest > .zero else { return }
      Pause.wait(min(rest, ProcessReader.tickInterval))
      try handOver()
    }
  }
}
