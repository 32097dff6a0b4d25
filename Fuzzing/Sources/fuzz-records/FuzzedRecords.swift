import ArbdFramework
import FuzzSupport

/// Whatever can be read of records: it reads the same again, and what is written of it reads the same.
struct FuzzedRecords {
  private let markets: MarketTable
  private var decoder: RecordDecoder

  init() {
    markets = MarketTable()
    decoder = RecordDecoder(markets: markets)
  }

  mutating func read(_ line: RawSpan) {
    do throws(LineError) {
      switch try decoder.decode(line) {
      case .trade(let trade): try check(trade, line)
      case .quote(let quote): try check(quote, line)
      case .withdrawn, .clock: require(false, "an event that is no record")
      }
    } catch {
      error.check(line)
    }
  }

  private mutating func check(_ trade: Trade, _ line: RawSpan) throws(LineError) {
    requireReadable(trade.eventTime)
    requireReadable(trade.receiveTime)
    guard case .trade(let again) = try decoder.decode(line) else { return require(false, "read as another kind") }
    require(again == trade, "a line reads as two trades")
    // A text that is no number is not kept. An id may be bytes that are no text by themselves.
    guard trade.price.exact != nil, trade.size.exact != nil else { return }
    var bytes: [UInt8] = []
    bytes.append(trade: trade, at: markets[trade.market])
    guard case .trade(let written) = try? decoder.decode(bytes.span.bytes) else {
      return require(false, "cannot read what was written")
    }
    require(written == trade, "a trade reads back as another")
  }

  private mutating func check(_ quote: Quote, _ line: RawSpan) throws(LineError) {
    requireReadable(quote.eventTime)
    requireReadable(quote.receiveTime)
    guard case .quote(let again) = try decoder.decode(line) else { return require(false, "read as another kind") }
    require(again == quote, "a line reads as two quotes")
    for quantity in [quote.bid, quote.bidSize, quote.ask, quote.askSize] {
      guard quantity.isMissing || quantity.exact != nil else { return }
    }
    var bytes: [UInt8] = []
    bytes.append(quote: quote, at: markets[quote.market])
    guard case .quote(let written) = try? decoder.decode(bytes.span.bytes) else {
      return require(false, "cannot read what was written")
    }
    require(written == quote, "a quote reads back as another")
  }
}
