/// The members of one element of a venue's list of instruments, as texts by their keys. Not for the path of a market event.
public struct ListingFields: Sendable {
  private var texts: [String: String] = [:]

  /// Reads an object. What stands inside another object has that one's key in front: `lotSizeFilter.basePrecision`. Of
  /// arrays, only objects are read, and only with a `tag`: the member whose value stands in front, as in
  /// `LOT_SIZE.stepSize` for `{"filterType":"LOT_SIZE","stepSize":"0.00001"}`.
  init(_ json: inout JSONScanner, tag: String?) throws(JSONError) {
    try json.beginObject()
    while let key = try json.nextKey() {
      let name = key.string
      switch try json.peek() {
      case .string: texts[name] = try json.readString().string
      case .number: texts[name] = try json.readDecimal().description
      case .boolean: texts[name] = try json.readBoolean() ? "true" : "false"
      case .object: add(try ListingFields(&json, tag: tag), name)
      case .array: try readArray(&json, tag)
      case .null: try json.skipValue()
      }
    }
  }

  private mutating func readArray(_ json: inout JSONScanner, _ tag: String?) throws(JSONError) {
    guard let tag else { return try json.skipValue() }
    try json.beginArray()
    while try json.nextElement() {
      guard try json.nextIsObject() else {
        try json.skipValue()
        continue
      }
      let element = try ListingFields(&json, tag: tag)
      if let name = element[tag] { add(element, name) }
    }
  }

  private mutating func add(_ other: ListingFields, _ name: String) {
    for (key, text) in other.texts { texts["\(name).\(key)"] = text }
  }

  public subscript(_ key: String) -> String? { texts[key] }

  /// Nil where there is none, or one that is 0: venues write that for "no limit".
  public func decimal(_ key: String) -> ExactDecimal? {
    guard let text = texts[key], let value = try? ExactDecimal(text), value.mantissa > 0 else { return nil }
    return value
  }

  /// Nil unless both are there and make an instrument.
  public func instrument(_ base: String, _ quote: String) -> Instrument? {
    guard let base = texts[base], let quote = texts[quote] else { return nil }
    return Instrument("\(base)-\(quote)")
  }
}

extension JSONScanner {
  /// Reads a document that holds a list of instruments: an array of objects, or an object of objects, which is the document
  /// itself or stands at `path` in it, keys joined by points (`result.list`). `make` gives nil for what is no instrument.
  public mutating func listings(
    at path: String = "", tag: String? = nil, _ make: (ListingFields) -> InstrumentListing?
  ) throws(JSONError) -> [InstrumentListing] {
    var found: [InstrumentListing] = []
    try readListings(path.split(separator: ".")[...], tag, make, &found)
    return found
  }

  private mutating func readListings(
    _ path: ArraySlice<Substring>, _ tag: String?, _ make: (ListingFields) -> InstrumentListing?,
    _ found: inout [InstrumentListing]
  ) throws(JSONError) {
    if let wanted = path.first {
      try beginObject()
      while let key = try nextKey() {
        if key.string == wanted {
          try readListings(path.dropFirst(), tag, make, &found)
        } else {
          try skipValue()
        }
      }
    } else if try nextIsObject() {
      try beginObject()
      while try nextKey() != nil { try readListing(tag, make, &found) }
    } else {
      try beginArray()
      while try nextElement() { try readListing(tag, make, &found) }
    }
  }

  private mutating func readListing(
    _ tag: String?, _ make: (ListingFields) -> InstrumentListing?, _ found: inout [InstrumentListing]
  ) throws(JSONError) {
    guard try nextIsObject() else { return try skipValue() }
    if let listing = make(try ListingFields(&self, tag: tag)) { found.append(listing) }
  }
}
