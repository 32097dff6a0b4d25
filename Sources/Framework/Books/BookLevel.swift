/// A side of an order book.
@frozen
public enum BookSide: UInt8, Sendable, CaseIterable {
  case bid, ask
}

/// What is offered at one price.
@frozen
public struct BookLevel: Sendable, Equatable {
  /// In the quote asset.
  public let price: ExactDecimal
  /// In the base asset, of all orders at that price together.
  public let size: ExactDecimal

  @inlinable
  public init(price: ExactDecimal, size: ExactDecimal) {
    self.price = price
    self.size = size
  }
}

/// The size at one price of one side from now on; 0: nothing any more.
@frozen
public struct BookChange: Sendable, Equatable {
  public let price: ExactDecimal
  public let size: ExactDecimal
  public let side: BookSide

  @inlinable
  public init(_ side: BookSide, price: ExactDecimal, size: ExactDecimal) {
    self.price = price
    self.size = size
    self.side = side
  }

  /// A price above 0, a size that is not negative.
  @inlinable
  var isPossible: Bool { price.mantissa > 0 && size.mantissa >= 0 }
}
