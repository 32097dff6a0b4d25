@_spi(Benchmarks) import ArbdFramework

/// Frame → event: a venue's session behind the runtime's link, which holds trades against their numbers and keeps books.
enum SessionBenchmarks {
  /// Enough that no predictor learns them by heart.
  private static let count = 8_192
  /// Frames that a fresh session reads before it is measured: its arrays become its own, its buffers grow.
  private static let head = InputBatch.usualCount

  static var all: [Benchmark] { FrameKind.allCases.flatMap(benchmarks) + dispatch }

  private static func benchmarks(_ kind: FrameKind) -> [Benchmark] {
    let group = "frame → event: \(kind.rawValue)"
    var benchmarks: [Benchmark] = [
      .passes(group, "bare scan", role: .bare, unit: "frame") {
        let frames = VenueFrames(kind, count: count).frames
        return Pass(operations: count) { frames.scan() }
      }
    ]
    if FoundationReading.kinds.contains(kind) {
      benchmarks.append(
        .passes(group, "JSONDecoder", role: .foundation, unit: "frame") {
          FoundationReading.frames(VenueFrames(kind, count: count))
        })
    }
    benchmarks.append(
      .passes(group, "link", unit: "frame", isOnEventPath: true, required: kind.requiredRate) { try link(kind) })
    return benchmarks
  }

  /// As many at a time as a batch of the runtime has, so that the output stays in the cache as it does there.
  private static func feed<Session: ExchangeSession>(
    _ frames: Lines, _ range: Range<Int>, to session: inout Session, _ output: inout SessionOutput
  ) -> Int {
    let bytes = frames.bytes.span.bytes
    var events = 0
    for start in stride(from: range.lowerBound, to: range.upperBound, by: InputBatch.usualCount) {
      for place in start..<min(start + InputBatch.usualCount, range.upperBound) {
        let frame = bytes.extracting(frames.ranges[place])
        do throws(SessionError) {
          _ = try session.receive(frame, at: Timestamp(microseconds: Int64(place)), &output)
        } catch {
          fatalError("\(error)")
        }
      }
      events += output.events.count
      output.clear()
    }
    return events
  }

  private static func link(_ kind: FrameKind) throws -> Pass {
    let venue = VenueFrames(kind, count: head + count)
    let adapter = try venue.adapter()
    let batches = batches(of: venue)
    var link = BenchmarkedLink(adapter, markets: venue.markets)
    func prepare() {
      link = BenchmarkedLink(adapter, markets: venue.markets)
      _ = link.receive(batches[0], 0..<head)
      for (place, snapshot) in venue.snapshots.enumerated() { link.answer(Array(snapshot.utf8), ofBook: place) }
    }
    func run() -> Int {
      var events = 0
      for batch in batches[1...] { events += link.receive(batch, 0..<batch.events.count) }
      return events
    }
    // Frames that no venue would send are no measure.
    prepare()
    _ = run()
    guard link.isSound else { fatalError("\(kind.rawValue): frames are refused or books out of step") }
    return Pass(operations: count, prepare: prepare, run: run)
  }

  private static func batches(of venue: VenueFrames) -> [InputBatch] {
    let bytes = venue.frames.bytes.span.bytes
    return stride(from: 0, to: head + count, by: InputBatch.usualCount).map { start in
      var batch = InputBatch()
      for place in start..<(start + InputBatch.usualCount) {
        let stored = batch.store(bytes.extracting(venue.frames.ranges[place]))
        batch.append(
          .frame(ConnectionID(index: 0), stored, at: Timestamp(microseconds: FrameTape.start + Int64(place))))
      }
      return batch
    }
  }

  // MARK: Dispatch

  /// What the call itself costs: a session that only counts, reached through an existential for each frame, and through
  /// a generic function for each batch.
  private static var dispatch: [Benchmark] {
    [
      .passes("dispatch to a session", "existential, each frame", role: .bare, unit: "frame") {
        let frames = VenueFrames(.binanceTrade, count: count).frames
        var session: any ExchangeSession = CountingSession()
        var output = SessionOutput()
        return Pass(operations: count) {
          let bytes = frames.bytes.span.bytes
          for range in frames.ranges {
            _ = try? session.receive(bytes.extracting(range), at: Timestamp(microseconds: 0), &output)
          }
          return (session as? CountingSession)?.byteCount ?? 0
        }
      },
      .passes("dispatch to a session", "generic, each batch", unit: "frame") {
        let frames = VenueFrames(.binanceTrade, count: count).frames
        var session = CountingSession()
        var output = SessionOutput()
        return Pass(operations: count) {
          _ = feed(frames, 0..<count, to: &session, &output)
          return session.byteCount
        }
      },
    ]
  }

  /// Larger than what an existential holds inline, as every session is.
  private struct CountingSession: ExchangeSession {
    var byteCount = 0
    let symbols = SymbolTable([])

    mutating func connected(at time: Timestamp, _ output: inout SessionOutput) {}
    mutating func subscribe(_ subscriptions: [Subscription], _ output: inout SessionOutput) {}
    mutating func unsubscribe(_ subscriptions: [Subscription], _ output: inout SessionOutput) {}

    @inline(never)
    mutating func receive(
      _ frame: RawSpan, at time: Timestamp, _ output: inout SessionOutput
    ) throws(SessionError) -> ArbdFramework.FrameKind {
      byteCount += frame.byteCount
      return .ignored
    }
  }
}
