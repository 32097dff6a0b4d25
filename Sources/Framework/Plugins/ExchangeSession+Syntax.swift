extension ExchangeSession {
  /// Reads a frame of no interest to its end, so that a broken one is told from one that is merely not needed.
  public func checkSyntax(of frame: RawSpan) throws(SessionError) {
    do throws(JSONError) {
      var json = JSONScanner(frame)
      try json.skipValue()
      try json.finish()
    } catch {
      throw SessionError(error)
    }
  }
}
