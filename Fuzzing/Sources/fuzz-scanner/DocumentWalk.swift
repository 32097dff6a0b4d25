import ArbdFramework
import FuzzSupport

/// Reads every value of a document in every way that fits its kind.
enum DocumentWalk {
  static func error(of document: RawSpan) -> JSONError? {
    do throws(JSONError) {
      var json = JSONScanner(document)
      try value(&json, document)
      try json.finish()
      return nil
    } catch {
      return error
    }
  }

  private static func value(_ json: inout JSONScanner, _ document: RawSpan) throws(JSONError) {
    switch try json.peek() {
    case .object:
      try json.beginObject()
      while let key = try json.nextKey() {
        check(key)
        try value(&json, document)
      }
    case .array:
      try json.beginArray()
      while try json.nextElement() { try value(&json, document) }
    case .string: try string(&json, document)
    case .number: try number(&json)
    case .boolean: _ = try json.readBoolean()
    case .null: require(try json.readNull(), "null that is none")
    }
  }

  /// A string is read as a number exactly when its text is one.
  private static func string(_ json: inout JSONScanner, _ document: RawSpan) throws(JSONError) {
    var other = JSONScanner(document, from: json.offset)
    let number = try? other.readDecimal()
    let text = try json.readString()
    check(text)
    let exact = text.hasEscapes ? nil : text.quantity.exact
    require(number == exact && number?.exponent == exact?.exponent, "a text and its number differ")
    require(number == nil || other.offset == json.offset, "a number ends elsewhere than its text")
  }

  private static func check(_ text: JSONText) {
    let bytes = text.unescapedBytes
    let string = String(validating: bytes, as: UTF8.self)
    require(string == text.string, "a string that is not UTF-8")
    require(bytes.count <= text.bytes.byteCount, "a string longer than it was written")
    require(text == "price" || string != "price", "a text that is not equal to itself")
    require(text == "receive_time_us" || string != "receive_time_us", "a text that is not equal to itself")
    check(text.quantity)
    if let time = Timestamp(iso8601: text.bytes) {
      require(Timestamp.readableMicroseconds.contains(time.microseconds), "a time out of range")
    }
  }

  /// A number that is too large to be held is a number all the same.
  private static func number(_ json: inout JSONScanner) throws(JSONError) {
    do throws(JSONError) {
      let quantity = try json.readQuantity()
      require(quantity.exact != nil, "a number without digits")
      check(quantity)
    } catch {
      guard error.reason == .numberOutOfRange else { throw error }
      try json.skipValue()
    }
  }

  /// The digits of a quantity give the quantity again.
  private static func check(_ quantity: Quantity) {
    guard let exact = quantity.exact else { return }
    let again = try? ExactDecimal(exact.description)
    require(again == exact && again?.exponent == exact.exponent, "\(exact) reads back as another number")
    require(quantity.value == exact.doubleValue && quantity.value.isFinite, "\(exact) has no double")
  }
}
