public import ArbdFramework

extension RawSpan {
  /// What is wrong with the bytes as a JSON document; nil for nothing.
  public var syntaxError: JSONError? {
    do throws(JSONError) {
      var json = JSONScanner(self)
      try json.skipValue()
      try json.finish()
      return nil
    } catch {
      return error
    }
  }
}
