/// Writes events of the input log as lines of a capture (`docs/formats.md`), each with its line end.
extension [UInt8] {
  /// `venue` and `connection` are those that the event's connection stands for.
  mutating func append(
    captured event: InputEvent, of batch: borrowing InputBatch, venue: String, connection: Int, _ markets: MarketTable
  ) {
    append("{\"receive_time_us\":")
    append(integer: event.receiveTime.microseconds)
    if case .tick = event { return append(",\"event\":\"tick\"}\n") }
    append(",\"venue\":")
    append(jsonString: venue)
    append(",\"connection\":")
    append(integer: Int64(connection))
    switch event {
    case .frame(_, let content, _):
      append(",\"frame\":")
      append(jsonString: batch.bytes.extracting(content))
    case .binaryFrame(_, let byteCount, _):
      append(",\"event\":\"binary_frame\",\"byte_count\":")
      append(integer: Int64(byteCount))
    case .connected: append(",\"event\":\"connected\"")
    case .disconnected(_, let reason, _):
      append(",\"event\":\"disconnected\",\"reason\":")
      append(jsonString: batch.bytes.extracting(reason))
    case .status(_, let market, let channel, let state, let reason, _):
      append(",\"event\":\"status\",\"state\":")
      append(jsonString: state.rawValue)
      if let market {
        append(",\"instrument\":")
        append(jsonString: markets[market].instrument.description)
      }
      if let channel {
        append(",\"channel\":")
        append(jsonString: channel.rawValue)
      }
      append(",\"reason\":")
      append(jsonString: batch.bytes.extracting(reason))
    case .response(_, let request, let status, let body, _):
      append(",\"event\":\"response\",\"request\":")
      append(integer: Int64(request))
      append(",\"status\":")
      append(integer: Int64(status))
      append(",\"body\":")
      append(jsonString: batch.bytes.extracting(body))
    case .record, .tick, .alert, .released, .resumed, .rebuilt: break
    }
    append("}\n")
  }

  /// UTF-8 as a JSON string: what needs no escape in one piece each.
  mutating func append(jsonString text: RawSpan) {
    append(UInt8(ascii: "\""))
    var start = 0
    for offset in 0..<text.byteCount {
      let byte = text.byte(offset)
      if byte >= 0x20, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") { continue }
      append(contentsOf: text, from: start, to: offset)
      append(escaped: byte)
      start = offset + 1
    }
    append(contentsOf: text, from: start, to: text.byteCount)
    append(UInt8(ascii: "\""))
  }

  private mutating func append(contentsOf text: RawSpan, from start: Int, to end: Int) {
    guard start < end else { return }
    text.extracting(start..<end).withUnsafeBytes { append(contentsOf: $0) }
  }
}

extension RawSpan {
  @_lifetime(copy self)
  func extracting(_ range: ByteRange) -> RawSpan { extracting(range.start..<range.start + range.count) }
}
