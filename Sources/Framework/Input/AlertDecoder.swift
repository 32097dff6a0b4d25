/// Reads alerts from the JSON that `append(alert:)` writes (`docs/formats.md`), digit for digit.
public enum AlertDecoder {
  public static func decode(_ line: RawSpan) throws(LineError) -> Alert {
    let decoded: Alert?
    do throws(JSONError) {
      decoded = try alert(line)
    } catch {
      throw .json(error)
    }
    guard let decoded else { throw .missing("id, detector or legs") }
    return decoded
  }

  /// Nil when something is not there without which it is no alert.
  private static func alert(_ line: RawSpan) throws(JSONError) -> Alert? {
    var json = JSONScanner(line)
    var (id, detector, type) = ("", "", "")
    var (start, end, detected) = (Int64(0), Int64(0), Int64(0))
    var legs: [Alert.Leg] = []
    var spread: Double?
    var (gross, net) = (Double.nan, Double.nan)
    try json.beginObject()
    while let key = try json.nextKey() {
      if key == "id" {
        id = try json.readString().string
      } else if key == "detector" {
        detector = try json.readString().string
      } else if key == "type" {
        type = try json.readString().string
      } else if key == "window_start_us" {
        start = try json.readWholeNumber()
      } else if key == "window_end_us" {
        end = try json.readWholeNumber()
      } else if key == "detected_at_us" {
        detected = try json.readWholeNumber()
      } else if key == "legs" {
        try json.beginArray()
        while try json.nextElement() {
          guard let leg = try leg(&json, line) else { return nil }
          legs.append(leg)
        }
      } else if key == "spread" {
        spread = try json.readDouble(line)
      } else if key == "gross_bps" {
        gross = try json.readDouble(line)
      } else if key == "net_bps" {
        net = try json.readDouble(line)
      } else {
        try json.skipValue()
      }
    }
    try json.finish()
    guard !id.isEmpty, !detector.isEmpty, !legs.isEmpty else { return nil }
    return Alert(
      storedAs: id, detector: detector, type: type, windowStart: Timestamp(microseconds: start),
      windowEnd: Timestamp(microseconds: end), legs: legs, spread: spread, grossBasisPoints: gross,
      netBasisPoints: net, detectedAt: Timestamp(microseconds: detected))
  }

  private static func leg(_ json: inout JSONScanner, _ line: RawSpan) throws(JSONError) -> Alert.Leg? {
    var side = Side.unknown
    var venue = ""
    var instrument: Instrument?
    var (price, fee) = (Double.nan, 0.0)
    try json.beginObject()
    while let key = try json.nextKey() {
      if key == "side" {
        side = Side(try json.readString())
      } else if key == "venue" {
        venue = try json.readString().string
      } else if key == "instrument" {
        instrument = Instrument(try json.readString().string)
      } else if key == "price" {
        price = try json.readDouble(line)
      } else if key == "fee_bps" {
        fee = try json.readDouble(line)
      } else {
        try json.skipValue()
      }
    }
    guard let instrument, !venue.isEmpty else { return nil }
    return Alert.Leg(
      side: side, market: Market(venue: venue, instrument: instrument), price: price, feeBasisPoints: fee)
  }
}

extension JSONScanner {
  /// The double that a number stands for; NaN for null, which is how one that is not finite is written.
  fileprivate mutating func readDouble(_ text: RawSpan) throws(JSONError) -> Double {
    if try readNull() { return .nan }
    let start = offset
    try skipValue()
    let digits = text.extracting(start..<offset).withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
    guard let value = Double(digits) else { throw JSONError(.numberOutOfRange, at: start) }
    return value
  }
}
