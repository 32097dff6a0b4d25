/// Keys for a client's frames that nobody can foretell: RFC 6455, section 10.3.
package struct MaskKeys: Sendable {
  private var source: any RandomNumberGenerator & Sendable
  /// A call of the system's source gives two keys.
  private var spare: UInt32?

  /// Any other source than the system's is for tests.
  package init(_ source: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator()) { self.source = source }

  package mutating func next() -> UInt32 {
    if let spare {
      self.spare = nil
      return spare
    }
    let pair = source.next()
    spare = UInt32(truncatingIfNeeded: pair >> 32)
    return UInt32(truncatingIfNeeded: pair)
  }
}
