@_spi(Fuzzing) import ArbdTransport
import FuzzSupport

/// What an input's first byte says.
struct FuzzedConnection: OptionSet {
  let rawValue: UInt8

  static let server = FuzzedConnection(rawValue: 1 << 0)
  static let compresses = FuzzedConnection(rawValue: 1 << 1)
  static let forgetsContext = FuzzedConnection(rawValue: 1 << 2)
  static let smallLimit = FuzzedConnection(rawValue: 1 << 3)
  static let handshake = FuzzedConnection(rawValue: 1 << 4)

  private var limit: Int { contains(.smallLimit) ? 100 : 64 << 10 }

  /// The most that a reader leaves to its caller: a control frame without its last byte.
  private static let mostKept = 130

  func requireSameItems(_ received: RawSpan, pieces size: Int) {
    var whole = reader
    whole.receive(received)
    var cut = reader
    for start in stride(from: 0, to: received.byteCount, by: size) {
      cut.receive(received.extracting(start..<min(start + size, received.byteCount)))
      let kept = cut.keptCount
      require(kept <= FuzzedConnection.mostKept, "keeps \(kept) bytes")
    }
    let (wholeTrace, cutTrace) = (whole.trace, cut.trace)
    require(wholeTrace == cutTrace, "\(wholeTrace) whole, \(cutTrace) in pieces of \(size)")
    let (wholeEnd, cutEnd) = (whole.violation, cut.violation)
    // Of two faults in one piece of compressed data either may be found first.
    require(
      wholeEnd == cutEnd || contains(.compresses) && wholeEnd != nil && cutEnd != nil,
      "\(wholeEnd ?? "no violation") whole, \(cutEnd ?? "no violation") in pieces of \(size)")
    require(wholeEnd?.hasSuffix("came through") != true, wholeEnd ?? "")
  }

  func requireSameHandshake(_ received: RawSpan, pieces size: Int) {
    let whole = FuzzedHandshake.outcome(of: received, pieces: received.byteCount)
    let cut = FuzzedHandshake.outcome(of: received, pieces: size)
    require(whole == cut, "\(whole) whole, \(cut) in pieces of \(size)")
  }

  private var reader: FuzzedFrames {
    FuzzedFrames(
      isServer: contains(.server), compresses: contains(.compresses), keepsContext: !contains(.forgetsContext),
      limit: limit)
  }
}
