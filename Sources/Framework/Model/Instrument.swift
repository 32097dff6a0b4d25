/// What is traded: a base asset priced in a quote asset, written `BASE-QUOTE` in the usual tickers.
public struct Instrument: Sendable, Hashable {
  public let base: String
  public let quote: String

  public init(base: String, quote: String) {
    self.base = base
    self.quote = quote
  }

  /// Reads `BASE-QUOTE`; nil unless there is exactly one dash, with a ticker on both sides that holds no blank and no
  /// control character.
  public init?(_ text: some StringProtocol) {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 2, parts.allSatisfy({ Instrument.isTicker($0) }) else { return nil }
    self.init(base: String(parts[0]), quote: String(parts[1]))
  }

  private static func isTicker(_ text: some StringProtocol) -> Bool {
    !text.isEmpty
      && text.unicodeScalars.allSatisfy { !$0.properties.isWhitespace && $0.value >= 0x20 && $0.value != 0x7F }
  }
}

extension Instrument: CustomStringConvertible {
  public var description: String { "\(base)-\(quote)" }
}

extension Instrument: Comparable {
  /// By the bytes of the text.
  public static func < (left: Instrument, right: Instrument) -> Bool {
    left.description.utf8.lexicographicallyPrecedes(right.description.utf8)
  }
}
