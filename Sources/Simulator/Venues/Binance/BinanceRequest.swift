internal import ArbdFramework

/// What a client of Binance asks for.
///
///     {"method":"SUBSCRIBE","params":["btcusdt@trade","btcusdt@bookTicker"],"id":1}
///
/// https://developers.binance.com/docs/binance-spot-api-docs/web-socket-streams
struct BinanceRequest {
  enum Method: String, CaseIterable {
    case subscribe = "SUBSCRIBE"
    case unsubscribe = "UNSUBSCRIBE"
    case list = "LIST_SUBSCRIPTIONS"
    case setProperty = "SET_PROPERTY"
    case getProperty = "GET_PROPERTY"
  }

  /// Why nothing is done, as the venue tells it.
  struct Problem: Error, Equatable {
    let code: Int64
    let message: String
    /// The request's, where it has one that is good.
    var id: [UInt8]?
  }

  let method: Method
  let params: [String]
  let value: Bool?
  /// As it was sent; to be sent back.
  let id: [UInt8]

  init(_ text: [UInt8]) throws(Problem) {
    var fields = Fields()
    do throws(JSONError) {
      try fields.read(text)
    } catch {
      throw Problem(code: 3, message: "Invalid JSON: \(error.reason.rawValue) at line 1 column \(error.offset + 1)")
    }
    guard fields.hasGoodID else {
      throw Problem(
        code: 2, message: "Invalid request: request ID must be an integer, a string of at most 36 characters or null")
    }
    guard let name = fields.method else {
      throw Problem(code: 2, message: "Invalid request: missing field `method`", id: fields.id)
    }
    guard let method = Method(rawValue: name) else {
      let known = Method.allCases.map { "`\($0.rawValue)`" }.joined(separator: ", ")
      throw Problem(
        code: 2, message: "Invalid request: unknown variant `\(name)`, expected one of \(known)", id: fields.id)
    }
    guard fields.hasGoodParams else {
      throw Problem(code: 2, message: "Invalid request: params must be an array of strings", id: fields.id)
    }
    self.method = method
    params = fields.params
    value = fields.value
    id = fields.id ?? Array("null".utf8)
  }

  private struct Fields {
    var method: String?
    var params: [String] = []
    var value: Bool?
    var id: [UInt8]?
    var hasGoodID = true
    var hasGoodParams = true

    mutating func read(_ text: [UInt8]) throws(JSONError) {
      var json = JSONScanner(text.span.bytes)
      try json.beginObject()
      while let key = try json.nextKey() {
        if key == "method", try json.peek() == .string {
          method = try json.readString().string
        } else if key == "params", try json.peek() == .array {
          try readParams(&json)
        } else if key == "id" {
          try readID(&json)
        } else {
          try json.skipValue()
        }
      }
      try json.finish()
    }

    private mutating func readParams(_ json: inout JSONScanner) throws(JSONError) {
      try json.beginArray()
      while try json.nextElement() {
        switch try json.peek() {
        case .string: params.append(try json.readString().string)
        case .boolean where !params.isEmpty: value = try json.readBoolean()
        default:
          hasGoodParams = false
          try json.skipValue()
        }
      }
    }

    private mutating func readID(_ json: inout JSONScanner) throws(JSONError) {
      switch try json.peek() {
      case .number:
        let number = try json.readDecimal()
        hasGoodID = number.exponent == 0
        var bytes: [UInt8] = []
        bytes.append(integer: number.mantissa)
        id = bytes
      case .string:
        let text = try json.readString().string
        hasGoodID = text.utf8.count <= 36 && text.utf8.allSatisfy(BinanceRequest.isPartOfID)
        var bytes: [UInt8] = []
        bytes.append(jsonString: text)
        id = bytes
      case .null:
        _ = try json.readNull()
        id = Array("null".utf8)
      default:
        hasGoodID = false
        try json.skipValue()
      }
      if !hasGoodID { id = nil }
    }
  }

  /// Letters and digits, and the dashes of a UUID.
  private static func isPartOfID(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "-"), UInt8(ascii: "_"):
      true
    default: false
    }
  }
}
