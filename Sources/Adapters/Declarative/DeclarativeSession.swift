public import ArbdFramework

/// A conversation with a venue that a file describes.
public struct DeclarativeSession: ExchangeSession {
  public let symbols: SymbolTable
  private let dialect: DeclarativeDialect
  private var requests = RequestLedger()
  /// What the last frame had at the pointers, and the last element of an array of items.
  private var captures: [JSONCapture]
  private var itemCaptures: [JSONCapture]

  init(plan: ConnectionPlan, dialect: DeclarativeDialect) {
    symbols = SymbolTable(plan.subscriptions)
    self.dialect = dialect
    captures = dialect.root.makeCaptures()
    let widest = dialect.messages.compactMap(\.itemMap).max { $0.count < $1.count }
    itemCaptures = widest?.makeCaptures() ?? []
  }

  // MARK: What is asked for

  public mutating func subscribe(_ subscriptions: [Subscription], _ output: inout SessionOutput) {
    for (channel, wanted) in subscriptions.byChannel {
      guard let rule = dialect.channels[channel] else { continue }
      for part in wanted.parts(of: rule.subscribe.takesList ? rule.perMessage : 1) {
        let number = requests.number(for: dialect.numbersRequests ? part : [])
        output.send(rule.subscribe.message(for: part, number: number))
        if !dialect.confirms { for subscription in part { output.perform(.acknowledged(subscription)) } }
      }
    }
  }

  public mutating func unsubscribe(_ subscriptions: [Subscription], _ output: inout SessionOutput) {
    for (channel, wanted) in subscriptions.byChannel {
      guard let template = dialect.channels[channel]?.unsubscribe, let rule = dialect.channels[channel] else {
        continue
      }
      for part in wanted.parts(of: template.takesList ? rule.perMessage : 1) {
        output.send(template.message(for: part, number: requests.number()))
      }
    }
  }

  // MARK: What comes

  public mutating func receive(
    _ frame: RawSpan, at time: Timestamp, _ output: inout SessionOutput
  ) throws(SessionError) -> ArbdFramework.FrameKind {
    do throws(JSONError) {
      var json = JSONScanner(frame)
      try dialect.root.read(&json, into: &captures)
      try json.finish()
    } catch {
      throw SessionError(error)
    }
    guard let place = dialect.message(frame, captures) else { return .unknown }
    switch dialect.messages[place].kind {
    case .trades, .quotes:
      try readData(place, frame, at: time, &output)
      return .data
    case .ignored: return .ignored
    case .heartbeat: output.heartbeat()
    case .closing: output.perform(.closing)
    case .error: output.perform(.venueError(reason(place, frame)))
    case .acknowledged, .refused: answer(place, frame, &output)
    }
    return .control
  }

  private mutating func readData(
    _ place: Int, _ frame: RawSpan, at time: Timestamp, _ output: inout SessionOutput
  ) throws(SessionError) {
    let reader = DataReader(symbols: symbols, time: time)
    guard let items = dialect.messages[place].items, let map = dialect.messages[place].itemMap else {
      return reader.read(dialect.messages[place], frame, captures, captures, &output)
    }
    let list = captures[items.slot]
    guard list.kind == .array else { return output.fail(list.kind == nil ? .missingField : .wrongType, items.name) }
    do throws(JSONError) {
      // It has been checked once already.
      var json = JSONScanner(frame, from: list.start)
      try json.beginArray()
      while try json.nextElement() {
        try map.read(&json, into: &itemCaptures)
        reader.read(dialect.messages[place], frame, captures, itemCaptures, &output)
      }
    } catch {
      throw SessionError(error)
    }
  }

  // MARK: Answers

  private mutating func answer(_ place: Int, _ frame: RawSpan, _ output: inout SessionOutput) {
    let message = dialect.messages[place]
    let refusal = message.kind == .refused ? reason(place, frame) : nil
    if let request = message.request, let number = captures[request.slot].integer(in: frame) {
      return requests.answered(number, refusal: refusal, &output)
    }
    var market: Int?
    if let symbol = message.symbol {
      let reader = DataReader(symbols: symbols, time: Timestamp(microseconds: 0))
      guard let found = reader.place(symbol, frame, captures, captures, &output) else { return }
      // Venues confirm what was given up too.
      guard found != SymbolTable.unknown else { return }
      market = found
    }
    for channel in message.channel.map({ [$0] }) ?? Channel.allCases {
      for number in market.map({ $0..<$0 + 1 }) ?? 0..<symbols.count {
        if let refusal {
          output.refuse(channel, at: number, message: refusal)
        } else {
          output.acknowledge(channel, at: number)
        }
      }
    }
  }

  /// The venue's words; allocates, so not for data.
  private func reason(_ place: Int, _ frame: RawSpan) -> String {
    guard let field = dialect.messages[place].reason else { return "no reason given" }
    let capture = captures[field.slot]
    return capture.kind == nil ? "no \(field.name)" : String(capture.text(in: frame).prefix(500))
  }
}
