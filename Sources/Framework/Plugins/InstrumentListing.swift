/// What a venue's list says of one instrument.
public struct InstrumentListing: Sendable, Equatable {
  public enum Status: Sendable, Equatable {
    case trading
    /// Listed and not traded now; the venue's word for it.
    case halted(String)
  }

  /// The venue's own name, as its data messages spell it.
  public var symbol: String
  public var instrument: Instrument
  public var status: Status
  /// Prices are whole multiples of it, in the quote asset; nil where the venue gives none.
  public var tickSize: ExactDecimal?
  /// Sizes are whole multiples of it, in the base asset.
  public var lotSize: ExactDecimal?
  /// The least size of an order, in the base asset, and the least value, in the quote asset.
  public var minimumSize: ExactDecimal?
  public var minimumValue: ExactDecimal?

  public init(
    symbol: String, instrument: Instrument, status: Status, tickSize: ExactDecimal? = nil, lotSize: ExactDecimal? = nil,
    minimumSize: ExactDecimal? = nil, minimumValue: ExactDecimal? = nil
  ) {
    self.symbol = symbol
    self.instrument = instrument
    self.status = status
    self.tickSize = tickSize
    self.lotSize = lotSize
    self.minimumSize = minimumSize
    self.minimumValue = minimumValue
  }
}
