public import ArbdFramework

/// Frames of a venue as they were received, and what else happened on the connections that brought them.
public struct Recording: Sendable {
  /// One thing that happened.
  public struct Entry: Sendable {
    public enum Kind: Sendable {
      case connected
      case disconnected
      case frame([UInt8])
      case response(request: Int, status: Int, body: [UInt8])
      case tick
    }

    public let kind: Kind
    public let time: Timestamp
    /// Of the file, from 1 on; of frames that were given one by one, their number.
    public let line: Int

    public init(_ kind: Kind, at time: Timestamp, line: Int) {
      self.kind = kind
      self.time = time
      self.line = line
    }
  }

  /// A line that is none of a capture.
  public struct Fault: Error, Sendable, CustomStringConvertible {
    public let line: Int
    public let reason: String
    public var description: String { "line \(line): \(reason)" }
  }

  /// By connection, in the order in which they appear.
  public private(set) var connections: [[Entry]] = []

  /// Frames of one connection, `interval` apart.
  public init(
    frames: [String], from start: Timestamp = Timestamp(microseconds: 1_767_225_600_000_000),
    interval: Duration = .milliseconds(100)
  ) {
    let step = Int64(interval / .microseconds(1))
    func time(_ number: Int) -> Timestamp { Timestamp(microseconds: start.microseconds + Int64(number) * step) }
    var entries = [Entry(.connected, at: start, line: 0)]
    for (number, frame) in frames.enumerated() {
      entries.append(Entry(.frame(Array(frame.utf8)), at: time(number + 1), line: number + 1))
    }
    connections = [entries]
  }

  /// What a capture (`docs/formats.md`) holds of one venue.
  public init(capture: [UInt8], venue: String) throws(Fault) {
    // The decoder asks for a connection's number when it meets it first; the venue's own are told from the others' here.
    final class Seen {
      var venues: [String] = []
    }
    let seen = Seen()
    var decoder = CaptureDecoder(markets: MarketTable()) { name, _ in
      seen.venues.append(name)
      return ConnectionID(index: Int32(seen.venues.count - 1))
    }
    var places: [Int32: Int] = [:]
    for (number, line) in capture.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
      let bytes = Array(line)
      guard bytes.contains(where: { $0 > 0x20 }) else { continue }
      var batch = InputBatch()
      do throws(LineError) {
        try decoder.decode(bytes.span.bytes, into: &batch)
      } catch {
        throw Fault(line: number + 1, reason: "\(error)")
      }
      for event in batch.events {
        guard let (connection, entry) = Recording.entry(event, batch, line: number + 1) else { continue }
        guard let connection else {
          for place in connections.indices { connections[place].append(entry) }
          continue
        }
        guard seen.venues[Int(connection.index)] == venue else { continue }
        let place = places[connection.index] ?? connections.count
        places[connection.index] = place
        if place == connections.count { connections.append([]) }
        connections[place].append(entry)
      }
    }
  }

  /// The connection is nil for what concerns all of them; all is nil for what sessions are not told.
  private static func entry(
    _ event: InputEvent, _ batch: borrowing InputBatch, line: Int
  ) -> (connection: ConnectionID?, entry: Entry)? {
    func entry(_ kind: Entry.Kind) -> Entry { Entry(kind, at: event.receiveTime, line: line) }
    switch event {
    case .connected(let connection, _): return (connection, entry(.connected))
    case .disconnected(let connection, _, _): return (connection, entry(.disconnected))
    case .frame(let connection, let range, _): return (connection, entry(.frame(bytes(range, batch))))
    case .response(let connection, let request, let status, let body, _):
      return (connection, entry(.response(request: request, status: status, body: bytes(body, batch))))
    case .tick: return (nil, entry(.tick))
    default: return nil
    }
  }

  private static func bytes(_ range: ByteRange, _ batch: borrowing InputBatch) -> [UInt8] {
    let span = batch.bytes.extracting(range.start..<range.start + range.count)
    return (0..<span.byteCount).map { span.unsafeLoad(fromByteOffset: $0, as: UInt8.self) }
  }

  /// All frames, in order.
  var frames: [(bytes: [UInt8], time: Timestamp, line: Int)] {
    connections.joined().compactMap { entry in
      if case .frame(let bytes) = entry.kind { (bytes, entry.time, entry.line) } else { nil }
    }
  }
}
