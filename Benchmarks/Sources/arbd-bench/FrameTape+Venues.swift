import ArbdFramework

// Trades and quotes of the venues beside the first two.

extension FrameTape {
  private mutating func levels(_ count: Int) -> String {
    (0..<count).map { _ in "[\"\(price())\",\"\(size())\"]" }.joined(separator: ",")
  }

  mutating func otherVenue(_ instrument: Instrument, id: Int, _ time: Int64) -> String {
    let glued = instrument.base + instrument.quote
    let (milliseconds, isEven) = (time / 1_000, id % 2 == 0)
    switch kind {
    case .advancedTrade:
      return """
        {"channel":"market_trades","client_id":"","timestamp":"\(text(of: time))","sequence_num":\(sequence),\
        "events":[{"type":"update","trades":[{"trade_id":"\(id)","product_id":"\(instrument)","price":"\(price())",\
        "size":"\(size())","side":"\(isEven ? "SELL" : "BUY")","time":"\(text(of: time))"}]}]}
        """
    case .krakenTrade:
      return """
        {"channel":"trade","type":"update","data":[{"symbol":"\(instrument.base)/\(instrument.quote)",\
        "side":"\(isEven ? "buy" : "sell")","price":\(price()),"qty":\(size()),"ord_type":"limit","trade_id":\(id),\
        "timestamp":"\(text(of: time))"}]}
        """
    case .krakenQuote:
      return """
        {"channel":"ticker","type":"update","data":[{"symbol":"\(instrument.base)/\(instrument.quote)",\
        "bid":\(price()),"bid_qty":\(size()),"ask":\(price()),"ask_qty":\(size()),"last":\(price()),"volume":\(size()),\
        "vwap":\(price()),"low":\(price()),"high":\(price()),"change":250.00,"change_pct":0.41,\
        "timestamp":"\(text(of: time))"}]}
        """
    case .okxTrade:
      return """
        {"arg":{"channel":"trades","instId":"\(instrument)"},"data":[{"instId":"\(instrument)","tradeId":"\(id)",\
        "px":"\(price())","sz":"\(size())","side":"\(isEven ? "buy" : "sell")","ts":"\(milliseconds)","count":"1",\
        "source":"0","seqId":\(sequence)}]}
        """
    case .okxQuote:
      return """
        {"arg":{"channel":"bbo-tbt","instId":"\(instrument)"},"data":[{"asks":[["\(price())","\(size())","0","13"]],\
        "bids":[["\(price())","\(size())","0","12"]],"ts":"\(milliseconds)","seqId":\(sequence)}]}
        """
    case .bybitTrade:
      return """
        {"topic":"publicTrade.\(glued)","ts":\(milliseconds),"type":"snapshot","data":[{"T":\(milliseconds),\
        "s":"\(glued)","S":"\(isEven ? "Buy" : "Sell")","v":"\(size())","p":"\(price())","i":"229000000\(sequence)",\
        "BT":false,"RPI":false,"seq":\(sequence)}]}
        """
    case .declarativeTrade:
      return """
        {"data":{"id":\(id),"id_str":"\(id)","timestamp":"\(time / 1_000_000)","amount":\(size()),\
        "amount_str":"\(size())","price":\(price()),"price_str":"\(price())","type":\(isEven ? 0 : 1),\
        "microtimestamp":"\(time)","buy_order_id":\(sequence),"sell_order_id":\(sequence + 1)},\
        "channel":"live_trades_\(glued.lowercased())","event":"trade"}
        """
    case .declarativeQuote:
      return """
        {"data":{"timestamp":"\(time / 1_000_000)","microtimestamp":"\(time)","bids":[\(levels(100))],\
        "asks":[\(levels(100))]},"channel":"order_book_\(glued.lowercased())","event":"data"}
        """
    default:
      return """
        {"topic":"orderbook.1.\(glued)","ts":\(milliseconds),"type":"snapshot","data":{"s":"\(glued)",\
        "b":[["\(price())","\(size())"]],"a":[["\(price())","\(size())"]],"u":\(sequence),"seq":\(sequence)},\
        "cts":\(milliseconds)}
        """
    }
  }
}
