import ArbdFramework
import FuzzSupport

/// Whatever can be read of a capture: one event a line, its texts inside the batch, and nothing of a line refused.
struct FuzzedCapture {
  private let markets: MarketTable
  private let connections: Connections
  private var decoder: CaptureDecoder
  private var batch = InputBatch()

  /// Numbers connections in the order in which they are seen.
  private final class Connections {
    var names: Set<[String]> = []
  }

  init() {
    let (markets, connections) = (MarketTable(), Connections())
    self.markets = markets
    self.connections = connections
    decoder = CaptureDecoder(markets: markets) { venue, number in
      require(connections.names.insert([venue, String(number)]).inserted, "a connection is opened twice")
      return ConnectionID(index: Int32(connections.names.count - 1))
    }
  }

  mutating func read(_ line: RawSpan) {
    let count = batch.events.count
    do throws(LineError) {
      try decoder.decode(line, into: &batch)
      require(batch.events.count == count + 1, "a line is one event")
      check(batch.events[count])
    } catch {
      require(batch.events.count == count, "a refused line left an event")
      error.check(line)
    }
  }

  private func check(_ event: InputEvent) {
    requireReadable(event.receiveTime)
    switch event {
    case .frame(let connection, let text, _), .disconnected(let connection, let text, _),
      .response(let connection, _, _, let text, _):
      check(connection)
      check(text)
    case .status(let connection, let market, _, _, let text, _):
      check(connection)
      check(text)
      if let market { require((0..<markets.count).contains(Int(market.index)), "an unknown market") }
    case .connected(let connection, _): check(connection)
    case .tick: break
    case .binaryFrame(let connection, let byteCount, _):
      check(connection)
      require(byteCount >= 0, "a frame of negative length")
    case .record, .alert, .released, .resumed, .rebuilt: require(false, "an event that no capture holds")
    }
  }

  private func check(_ connection: ConnectionID) {
    require((0..<connections.names.count).contains(Int(connection.index)), "an unknown connection")
  }

  private func check(_ text: ByteRange) {
    require(
      text.start >= 0 && text.count >= 0 && text.start + text.count <= batch.bytes.byteCount, "a text outside its batch"
    )
    let isText = batch.bytes.extracting(text.start..<text.start + text.count).withUnsafeBytes {
      String(validating: $0, as: UTF8.self) != nil
    }
    require(isText, "a text that is not UTF-8")
  }
}
