/// Reads the input log back from a capture, one event a line (`docs/formats.md`).
public struct CaptureDecoder {
  private let markets: MarketTable
  /// Gives a connection, seen for the first time, its number in the log.
  private let open: (_ venue: String, _ number: Int) -> ConnectionID
  /// By the bytes of a venue's name: its place in `connections`.
  private var venues = ByteTable()
  private var names: [String] = []
  /// By venue: its connections, by number.
  private var connections: [[Int64: ConnectionID]] = []
  /// By venue: the connection of its last event.
  private var last: [(number: Int64, id: ConnectionID)?] = []

  /// Connections of one venue in one capture; no run has as many.
  static let mostConnections = 10_000

  public init(markets: MarketTable, open: @escaping (_ venue: String, _ number: Int) -> ConnectionID) {
    self.markets = markets
    self.open = open
  }

  /// Appends the line's event to `batch`.
  public mutating func decode(_ line: RawSpan, into batch: inout InputBatch) throws(LineError) {
    let fields: Fields
    let stored = batch.byteCount
    do throws(JSONError) {
      fields = try Fields(line, &batch)
    } catch {
      batch.removeBytes(from: stored)
      throw .json(error)
    }
    guard let microseconds = fields.receiveTime else { throw .missing("receive_time_us") }
    guard Timestamp.readableMicroseconds.contains(microseconds) else { throw .badTime("receive_time_us") }
    let time = Timestamp(microseconds: microseconds)
    guard let event = fields.event else {
      guard let frame = fields.frame else { throw .missing("frame") }
      let connection = try connection(fields, line)
      batch.append(.frame(connection, frame, at: time))
      return
    }
    switch line.string(event) {
    case "tick":
      batch.append(.tick(time))
    case "binary_frame":
      let connection = try connection(fields, line)
      let byteCount = Int(clamping: fields.byteCount ?? 0)
      batch.append(.binaryFrame(connection, byteCount: max(0, byteCount), at: time))
    case "connected":
      batch.append(.connected(try connection(fields, line), at: time))
    case "disconnected":
      let connection = try connection(fields, line)
      batch.append(.disconnected(connection, reason: batch.store(fields.reason, of: line), at: time))
    case "status":
      batch.append(try status(fields, line, at: time, &batch))
    case "response":
      guard let body = fields.body else { throw .missing("body") }
      guard let request = fields.request else { throw .missing("request") }
      let connection = try connection(fields, line)
      batch.append(
        .response(
          connection, request: Int(request), status: Int(fields.status ?? 200), body: batch.store(body, of: line),
          at: time))
    case let name: throw .unknownEvent(name)
    }
  }

  private mutating func status(
    _ fields: Fields, _ line: RawSpan, at time: Timestamp, _ batch: inout InputBatch
  ) throws(LineError) -> InputEvent {
    let connection = try connection(fields, line)
    guard let name = line.string(fields.state) else { throw .missing("state") }
    guard let state = VenueStatus.State(rawValue: name) else { throw .unknownState(name) }
    var market: MarketID?
    if let text = line.string(fields.instrument), let venue = line.string(fields.venue) {
      guard let instrument = Instrument(text) else { throw .badInstrument(text) }
      market = markets.intern(Market(venue: venue, instrument: instrument))
      if market == nil { throw .tooManyMarkets }
    }
    // One that is not known stands for all, which is the safe side.
    let channel = line.string(fields.channel).flatMap(Channel.init(rawValue:))
    let reason = batch.store(fields.reason, of: line)
    return .status(connection, market: market, channel: channel, state, reason: reason, at: time)
  }

  private mutating func connection(_ fields: Fields, _ line: RawSpan) throws(LineError) -> ConnectionID {
    guard let venue = fields.venue else { throw .missing("venue") }
    let number = fields.connection ?? 0
    if let place = venues.value(in: line, 0..<0, venue) {
      if let last = last[Int(place)], last.number == number { return last.id }
      return try connection(number, venueAt: Int(place), line.string(venue))
    }
    let name = line.string(venue)
    guard !name.isEmpty, name.isPrintable else { throw .badVenue(name) }
    // The same name written in another way, with escapes, is the same venue.
    let place = names.firstIndex(of: name) ?? names.count
    venues.insert(in: line, 0..<0, venue, value: Int32(place))
    if place == names.count {
      names.append(name)
      connections.append([:])
      last.append(nil)
    }
    return try connection(number, venueAt: place, name)
  }

  private mutating func connection(
    _ number: Int64, venueAt place: Int, _ venue: String
  ) throws(LineError) -> ConnectionID {
    let connection: ConnectionID
    if let known = connections[place][number] {
      connection = known
    } else {
      guard connections[place].count < CaptureDecoder.mostConnections else { throw .tooManyConnections }
      connection = open(venue, Int(number))
      connections[place][number] = connection
    }
    last[place] = (number, connection)
    return connection
  }

  /// What a line holds, texts by where they stand in it.
  private struct Fields {
    var receiveTime: Int64?
    var venue: Range<Int>?
    var connection: Int64?
    /// Stored already: most of the line, and read but once.
    var frame: ByteRange?
    var event: Range<Int>?
    var reason: Range<Int>?
    var state: Range<Int>?
    var instrument: Range<Int>?
    var channel: Range<Int>?
    var body: Range<Int>?
    var request: Int64?
    var status: Int64?
    var byteCount: Int64?

    init(_ line: RawSpan, _ batch: inout InputBatch) throws(JSONError) {
      var json = JSONScanner(line)
      try json.beginObject()
      while let key = try json.nextKey() {
        if key == "receive_time_us" {
          receiveTime = try json.readWholeNumber()
        } else if key == "venue" {
          venue = try json.readStringRange()
        } else if key == "connection" {
          connection = try json.readWholeNumber()
        } else if key == "frame" {
          frame = try batch.store(stringOf: &json)
        } else if key == "event" {
          event = try json.readStringRange()
        } else if key == "reason" {
          reason = try json.readStringRange()
        } else if key == "state" {
          state = try json.readStringRange()
        } else if key == "instrument" {
          instrument = try json.readStringRange()
        } else if key == "channel" {
          channel = try json.readStringRange()
        } else if key == "body" {
          body = try json.readStringRange()
        } else if key == "request" {
          request = try json.readWholeNumber()
        } else if key == "byte_count" {
          byteCount = try json.readWholeNumber()
        } else if key == "status" {
          status = try json.readWholeNumber()
        } else {
          try json.skipValue()
        }
      }
      try json.finish()
    }
  }
}

extension InputBatch {
  /// Stores the content of the JSON string at `range` of `line`, escapes replaced.
  fileprivate mutating func store(_ range: Range<Int>?, of line: RawSpan) -> ByteRange {
    guard let range else { return ByteRange(start: 0, count: 0) }
    return store(unescaping: JSONText(bytes: line.extracting(range), hasEscapes: true))
  }
}
