import ArbdAdapters
import ArbdFramework

/// A book as a venue tells it.
struct TapedBook {
  var tape: BookTape
  /// Of the last update.
  var number = 7_000
  /// As who listens has it, where its checksum is told.
  var kept = OrderBook(depth: 100, cut: .exact)

  init(_ place: Int) { tape = BookTape(seed: UInt64(place + 1)) }
}

// Snapshots of books and changes of them.

extension FrameTape {
  mutating func snapshot(_ place: Int) -> String {
    let levels = books[place].tape.snapshot()
    if kind == .krakenDepth { books[place].kept.replace(with: levels[...]) }
    return frame(place, levels, FrameTape.start, isSnapshot: true)
  }

  mutating func update(_ place: Int, _ changes: [BookChange], _ time: Int64) -> String {
    if kind == .krakenDepth {
      for change in changes { books[place].kept.apply(change) }
      books[place].kept.finishChanges()
    }
    return frame(place, changes, time, isSnapshot: false)
  }

  private mutating func frame(_ place: Int, _ changes: [BookChange], _ time: Int64, isSnapshot: Bool) -> String {
    let instrument = FrameTape.instruments[place]
    let glued = instrument.base + instrument.quote
    let previous = books[place].number
    books[place].number += 1
    let number = previous + 1
    let type = isSnapshot ? "snapshot" : "update"
    switch kind {
    case .coinbaseChange, .coinbaseDepth:
      if isSnapshot {
        return """
          {"type":"snapshot","product_id":"\(instrument)","bids":\(pairs(changes, .bid)),"asks":\(pairs(changes, .ask))}
          """
      }
      let parts = changes.map { "[\"\($0.side == .bid ? "buy" : "sell")\",\"\($0.price)\",\"\($0.size)\"]" }
      return """
        {"type":"l2update","product_id":"\(instrument)","changes":[\(parts.joined(separator: ","))],\
        "time":"\(text(of: time))"}
        """
    case .advancedChange, .advancedDepth:
      let parts = changes.map {
        """
        {"side":"\($0.side == .bid ? "bid" : "offer")","event_time":"\(text(of: time))","price_level":"\($0.price)",\
        "new_quantity":"\($0.size)"}
        """
      }
      if isSnapshot { sequence += 1 }
      return """
        {"channel":"l2_data","client_id":"","timestamp":"\(text(of: time))","sequence_num":\(sequence),\
        "events":[{"type":"\(type)","product_id":"\(instrument)","updates":[\(parts.joined(separator: ","))]}]}
        """
    case .binanceDepth:
      if isSnapshot {
        return "{\"lastUpdateId\":\(number),\"bids\":\(pairs(changes, .bid)),\"asks\":\(pairs(changes, .ask))}"
      }
      return """
        {"stream":"\(glued.lowercased())@depth@100ms","data":{"e":"depthUpdate","E":\(time / 1_000),"s":"\(glued)",\
        "U":\(number),"u":\(number),"b":\(pairs(changes, .bid)),"a":\(pairs(changes, .ask))}}
        """
    case .krakenDepth:
      func levels(_ side: BookSide) -> String {
        changes.filter { $0.side == side }.map { "{\"price\":\($0.price),\"qty\":\($0.size)}" }.joined(separator: ",")
      }
      return """
        {"channel":"book","type":"\(type)","data":[{"symbol":"\(instrument.base)/\(instrument.quote)",\
        "bids":[\(levels(.bid))],"asks":[\(levels(.ask))],"checksum":\(FrameTape.checksum(of: books[place].kept)),\
        "timestamp":"\(text(of: time))"}]}
        """
    case .okxDepth:
      return """
        {"arg":{"channel":"books","instId":"\(instrument)"},"action":"\(type)",\
        "data":[{"asks":\(pairs(changes, .ask, ",\"0\",\"3\"")),"bids":\(pairs(changes, .bid, ",\"0\",\"3\"")),\
        "ts":"\(time / 1_000)","checksum":0,"prevSeqId":\(isSnapshot ? -1 : previous),"seqId":\(number)}]}
        """
    default:
      return """
        {"topic":"orderbook.50.\(glued)","ts":\(time / 1_000),"type":"\(isSnapshot ? type : "delta")",\
        "data":{"s":"\(glued)","b":\(pairs(changes, .bid)),"a":\(pairs(changes, .ask)),"u":\(number),\
        "seq":\(sequence)},"cts":\(time / 1_000)}
        """
    }
  }

  private func pairs(_ changes: [BookChange], _ side: BookSide, _ rest: String = "") -> String {
    let parts = changes.filter { $0.side == side }.map { "[\"\($0.price)\",\"\($0.size)\"\(rest)]" }
    return "[\(parts.joined(separator: ","))]"
  }

  /// By the venue's own rule, which is tested with its published vector.
  private static let checker: KrakenSession? = {
    let context = PluginContext(logger: .silent, name: "bench", markets: MarketTable())
    var options = MarketDataOptions()
    options.instruments = [instruments[0]]
    options.channels = [.book]
    guard let adapter = try? KrakenAdapter(options: options, context: context) else { return nil }
    return adapter.makeSession(for: ConnectionPlan(subscriptions: adapter.subscriptions(in: context.markets)))
  }()

  private static func checksum(of book: OrderBook) -> UInt32 { checker?.checksum(of: book, at: 0) ?? 0 }
}
