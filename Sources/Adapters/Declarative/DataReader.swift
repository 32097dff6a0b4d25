import ArbdFramework

/// Makes trades and quotes of what a walk has noted. What is missing or makes no sense is named by its field and pointer,
/// and makes the whole frame unreadable.
struct DataReader {
  let symbols: SymbolTable
  /// When the frame arrived.
  let time: Timestamp

  /// `outside`: what was noted of the message; `inside`: of the item that is read, the same where there are no items.
  func read(
    _ message: borrowing MessagePlan, _ frame: RawSpan, _ outside: [JSONCapture], _ inside: [JSONCapture],
    _ output: inout SessionOutput
  ) {
    guard let symbol = message.symbol, let place = place(symbol, frame, outside, inside, &output) else { return }
    if message.kind == .trades {
      guard let trade = trade(message, place, frame, outside, inside, &output) else { return }
      output.emit(trade, at: time)
    } else {
      guard let quote = quote(message, place, frame, outside, inside, &output) else { return }
      output.emit(quote, at: time)
    }
  }

  /// The place of the instrument; `SymbolTable.unknown` for one that was not asked for, nil where something is wrong.
  func place(
    _ symbol: MessagePlan.SymbolField, _ frame: RawSpan, _ outside: [JSONCapture], _ inside: [JSONCapture],
    _ output: inout SessionOutput
  ) -> Int? {
    let capture = value(symbol.field, outside, inside)
    guard capture.isScalar, capture.kind != .null else {
      output.fail(capture.kind == nil ? .missingField : .wrongType, symbol.field.name)
      return nil
    }
    if capture.hasEscapes { return escapedPlace(symbol, capture.text(in: frame), &output) }
    let range = capture.range
    guard capture.hasPrefix(symbol.prefix, in: frame), range.count >= symbol.prefix.count + symbol.suffix.count else {
      output.fail(.badValue, symbol.field.name)
      return nil
    }
    let start = range.lowerBound + symbol.prefix.count
    let end = range.upperBound - symbol.suffix.count
    guard symbol.suffix.isEmpty || frame.extracting(end..<range.upperBound).holds(symbol.suffix) else {
      output.fail(.badValue, symbol.field.name)
      return nil
    }
    return symbols.place(of: frame.extracting(start..<end)) ?? SymbolTable.unknown
  }

  private func escapedPlace(
    _ symbol: MessagePlan.SymbolField, _ text: String, _ output: inout SessionOutput
  ) -> Int? {
    let bytes = Array(text.utf8)
    guard bytes.starts(with: symbol.prefix), bytes.reversed().starts(with: symbol.suffix.reversed()),
      bytes.count >= symbol.prefix.count + symbol.suffix.count
    else {
      output.fail(.badValue, symbol.field.name)
      return nil
    }
    let name = bytes.dropFirst(symbol.prefix.count).dropLast(symbol.suffix.count)
    return symbols.place(of: String(decoding: name, as: UTF8.self)) ?? SymbolTable.unknown
  }

  private func trade(
    _ message: borrowing MessagePlan, _ place: Int, _ frame: RawSpan, _ outside: [JSONCapture],
    _ inside: [JSONCapture], _ output: inout SessionOutput
  ) -> TradeFields? {
    guard let priceField = message.price, let sizeField = message.size, let timeField = message.time,
      let idField = message.id
    else { return nil }
    var trade = TradeFields(place: place)
    trade.price = value(priceField, outside, inside).quantity(in: frame)
    guard trade.price.exact != nil, trade.price.isPrice else { return fail(trade.price, priceField, &output) }
    trade.size = value(sizeField, outside, inside).quantity(in: frame)
    guard trade.size.exact != nil, trade.size.isSize else { return fail(trade.size, sizeField, &output) }
    trade.time = message.unit.time(value(timeField, outside, inside), in: frame)
    guard case .at(let eventTime) = trade.time, eventTime.isNear(time) else {
      return fail(trade.time, timeField, message.unit, &output)
    }
    if let sides = message.sides {
      let capture = value(sides.field, outside, inside)
      guard capture.isScalar else {
        output.fail(capture.kind == nil ? .missingField : .wrongType, sides.field.name)
        return nil
      }
      trade.side = sides.side(capture, frame)
    }
    let id = value(idField, outside, inside)
    if message.idCounts {
      trade.number = id.integer(in: frame)
      guard trade.number.map({ $0 >= 0 }) ?? false else {
        output.fail(id.kind == nil ? .missingField : .badNumber, idField.name)
        return nil
      }
    } else {
      trade.id = id.tradeID(in: frame)
      guard trade.id != nil else {
        output.fail(id.kind == nil ? .missingField : .badValue, idField.name)
        return nil
      }
    }
    return trade
  }

  private func quote(
    _ message: borrowing MessagePlan, _ place: Int, _ frame: RawSpan, _ outside: [JSONCapture],
    _ inside: [JSONCapture], _ output: inout SessionOutput
  ) -> QuoteFields? {
    var quote = QuoteFields(place: place)
    guard let bid = figure(message.bid, frame, outside, inside, &output),
      let bidSize = figure(message.bidSize, frame, outside, inside, &output),
      let ask = figure(message.ask, frame, outside, inside, &output),
      let askSize = figure(message.askSize, frame, outside, inside, &output)
    else { return nil }
    (quote.bid, quote.bidSize, quote.ask, quote.askSize) = (bid, bidSize, ask, askSize)
    if let field = message.time {
      quote.time = message.unit.time(value(field, outside, inside), in: frame)
      guard case .at(let eventTime) = quote.time, eventTime.isNear(time) else {
        _ = fail(quote.time, field, message.unit, &output) as QuoteFields?
        return nil
      }
    }
    if let field = message.number {
      let capture = value(field, outside, inside)
      quote.number = capture.integer(in: frame)
      guard quote.number != nil else {
        output.fail(capture.kind == nil ? .missingField : .badNumber, field.name)
        return nil
      }
    }
    return quote
  }

  /// A price or size of a quote; 0 where the venue says null.
  private func figure(
    _ field: PlannedField?, _ frame: RawSpan, _ outside: [JSONCapture], _ inside: [JSONCapture],
    _ output: inout SessionOutput
  ) -> Quantity? {
    guard let field else { return nil }
    let capture = value(field, outside, inside)
    if capture.kind == .null { return Quantity(.zero) }
    let figure = capture.quantity(in: frame)
    guard figure.exact != nil, figure.isSize else { return fail(figure, field, &output) }
    return figure
  }

  @inline(__always)
  private func value(_ field: PlannedField, _ outside: [JSONCapture], _ inside: [JSONCapture]) -> JSONCapture {
    field.isOutside ? outside[field.slot] : inside[field.slot]
  }

  private func fail<Made>(_ quantity: Quantity, _ field: PlannedField, _ output: inout SessionOutput) -> Made? {
    output.fail(quantity.isMissing ? .missingField : .badNumber, field.name)
    return nil
  }

  private func fail<Made>(
    _ time: FieldTime, _ field: PlannedField, _ unit: TimeUnit, _ output: inout SessionOutput
  ) -> Made? {
    if time == .missing {
      output.fail(.missingField, field.name)
    } else {
      output.fail(.badTime, "\(field.name), read as \(unit.rawValue)")
    }
    return nil
  }
}

extension MessagePlan.Sides {
  func side(_ capture: JSONCapture, _ frame: RawSpan) -> Side {
    if buy.contains(where: { capture.isText($0, in: frame) }) { return .buy }
    return sell.contains { capture.isText($0, in: frame) } ? .sell : .unknown
  }
}

extension JSONCapture {
  /// A text or digits as an id; nil where there is none, or it is too long.
  func tradeID(in document: RawSpan) -> TradeID? {
    guard kind == .string || kind == .number, !range.isEmpty else { return nil }
    return hasEscapes ? TradeID(text(in: document)) : TradeID(document.extracting(range))
  }
}

extension RawSpan {
  fileprivate func holds(_ bytes: [UInt8]) -> Bool {
    JSONCapture.areEqual(self, bytes)
  }
}
