/// A connection of the input log and the session that understands it. Knows the adapter's type only behind one call for
/// each run of frames.
class SessionLink {
  let venue: String
  let number: Int
  var output = SessionOutput()
  /// Frames that could not be read in the last call.
  private(set) var errors: [SessionError] = []
  private(set) var counts = VenueCounts()

  /// No frame of any venue is as long; a longer one is not parsed.
  static let maximumFrameBytes = 16 << 20

  init(venue: String, number: Int) {
    self.venue = venue
    self.number = number
  }

  func connected(at time: Timestamp) { counts.connects += 1 }

  /// The session is over; the next event begins a fresh one.
  func disconnected() { counts.disconnects += 1 }

  /// Reads frames `range` of the batch, all of this connection. Each leaves at least one event in `output`.
  func receive(_ batch: InputBatch, _ range: Range<Int>) {
    for place in range {
      count(.ignored)
      output.moveClock(batch.events[place].receiveTime)
    }
  }

  func response(_ request: Int, status: Int, _ body: RawSpan, at time: Timestamp) {}

  func tick(at time: Timestamp) {}

  func binaryFrame(byteCount: Int, at time: Timestamp) {
    count(.ignored)
    output.moveClock(time)
  }

  func noteStatus() { counts.statusChanges += 1 }

  /// Takes over what the session counted, and gives its actions and errors.
  func takeActions() -> (actions: [SessionOutput.Action], errors: [SessionError]) {
    let taken = output.takeActions()
    for action in taken.actions {
      switch action {
      case .acknowledged: counts.acknowledged += 1
      case .refused: counts.refused += 1
      case .venueError: counts.venueErrors += 1
      case .missing(_, let count): counts.addMissing(count)
      case .send, .closing: break
      }
    }
    counts.duplicates += taken.duplicates
    counts.recovered += taken.recovered
    defer { errors.removeAll(keepingCapacity: true) }
    return (taken.actions, errors)
  }

  final func takeOutput() -> SessionOutput {
    let taken = output
    output = SessionOutput()
    return taken
  }

  final func count(_ kind: FrameKind) { counts.frames.count(kind) }

  final func count(_ kinds: InlineArray<4, UInt64>) { counts.frames.add(kinds) }

  final func reject(_ error: SessionError) {
    counts.frames.count(error.reason)
    errors.append(error)
  }

  /// What went wrong with something that is no frame, so that frames stay frames.
  final func note(_ error: SessionError) { errors.append(error) }
}

/// A link whose frames go to a session of one adapter.
final class AdapterLink<Adapter: ExchangeAdapter>: SessionLink {
  private let adapter: Adapter
  private let plan: ConnectionPlan
  private var session: Adapter.Session?

  init(adapter: Adapter, number: Int, markets: MarketTable) {
    self.adapter = adapter
    self.plan = ConnectionPlan(subscriptions: adapter.subscriptions(in: markets))
    super.init(venue: Adapter.venue.id, number: number)
  }

  override func connected(at time: Timestamp) {
    super.connected(at: time)
    var fresh = adapter.makeSession(for: plan)
    fresh.connected(at: time, &output)
    session = fresh
  }

  override func disconnected() {
    super.disconnected()
    session = nil
  }

  override func receive(_ batch: InputBatch, _ range: Range<Int>) {
    // Taken out for the loop, so that both are changed in place.
    guard var session = session.take() ?? begun(at: batch.events[range.lowerBound].receiveTime) else { return }
    var output = takeOutput()
    var kinds = InlineArray<4, UInt64>(repeating: 0)
    let bytes = batch.bytes
    for place in range {
      guard case .frame(_, let content, let time) = batch.events[place] else { continue }
      let before = output.events.count
      if content.count > SessionLink.maximumFrameBytes {
        reject(SessionError(.tooLarge))
      } else {
        do throws(SessionError) {
          let frame = bytes.extracting(content.start..<content.start + content.count)
          kinds[try session.receive(frame, at: time, &output).rawValue] += 1
        } catch {
          reject(error)
        }
      }
      if output.events.count == before { output.moveClock(time) }
    }
    count(kinds)
    self.output = output
    self.session = session
  }

  override func binaryFrame(byteCount: Int, at time: Timestamp) {
    reject(SessionError(.binary))
    output.moveClock(time)
  }

  override func response(_ request: Int, status: Int, _ body: RawSpan, at time: Timestamp) {
    perform(at: time) { session, output throws(SessionError) in
      try session.response(request, status: status, body, at: time, &output)
    }
  }

  override func tick(at time: Timestamp) {
    guard session != nil else { return }
    perform(at: time) { session, output throws(SessionError) in try session.tick(at: time, &output) }
  }

  private func perform(
    at time: Timestamp, _ step: (inout Adapter.Session, inout SessionOutput) throws(SessionError) -> Void
  ) {
    guard var session = session.take() ?? begun(at: time) else { return }
    do throws(SessionError) {
      try step(&session, &output)
    } catch {
      note(error)
    }
    self.session = session
  }

  /// A log that does not begin with `connected` begins connected.
  private func begun(at time: Timestamp) -> Adapter.Session? {
    connected(at: time)
    return session.take()
  }
}

extension ExchangeAdapter {
  func makeLink(number: Int, markets: MarketTable) -> SessionLink {
    AdapterLink(adapter: self, number: number, markets: markets)
  }
}
