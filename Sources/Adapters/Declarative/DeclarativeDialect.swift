import ArbdFramework

/// A spec made ready for reading frames: every pointer is a place in what one walk over a frame notes. Shared by reference
/// by all sessions, never changed.
final class DeclarativeDialect: Sendable {
  let symbols: SymbolRule
  let channels: ChannelRules
  /// Finds what messages are told apart by, and what stands outside of items.
  let root: JSONPointerMap
  let messages: [MessagePlan]
  /// The venue confirms streams; where it does not, they count as confirmed once they are asked for.
  let confirms: Bool
  /// Answers name the request that they answer.
  let numbersRequests: Bool

  init(_ spec: DeclarativeSpec) {
    symbols = spec.symbol
    channels = spec.channels
    var pointers = PointerTable()
    messages = spec.messages.map { MessagePlan($0, &pointers) }
    root = JSONPointerMap(pointers.all)
    confirms = spec.messages.contains { $0.kind == .acknowledged }
    numbersRequests = spec.messages.contains { $0.request != nil }
  }

  /// The first message that a frame fits.
  func message(_ frame: RawSpan, _ captures: [JSONCapture]) -> Int? {
    for place in messages.indices where messages[place].fits(frame, captures) { return place }
    return nil
  }
}

/// Pointers, each once.
struct PointerTable {
  private(set) var all: [JSONPointer] = []

  mutating func slot(_ pointer: JSONPointer) -> Int {
    if let known = all.firstIndex(of: pointer) { return known }
    all.append(pointer)
    return all.count - 1
  }
}

/// A field of a message: where a walk notes its value.
struct PlannedField: Sendable {
  let slot: Int
  /// It stands outside of the items.
  let isOutside: Bool
  /// For messages: `price at /data/price`.
  let name: String
}

/// One of the venue's messages.
struct MessagePlan: Sendable {
  struct Condition: Sendable {
    enum Test: Sendable {
      case isAny([[UInt8]])
      case begins([UInt8])
      case isPresent(Bool)
    }
    let slot: Int
    let test: Test
  }

  /// What side words mean, as bytes.
  struct Sides: Sendable {
    let field: PlannedField
    /// Of the taker.
    let buy: [[UInt8]]
    let sell: [[UInt8]]
  }

  struct SymbolField: Sendable {
    let field: PlannedField
    let prefix: [UInt8]
    let suffix: [UInt8]
  }

  let kind: MessageKind
  let conditions: [Condition]
  let items: PlannedField?
  let itemMap: JSONPointerMap?
  let symbol: SymbolField?
  let price: PlannedField?
  let size: PlannedField?
  let sides: Sides?
  let id: PlannedField?
  let idCounts: Bool
  let time: PlannedField?
  let unit: TimeUnit
  let bid: PlannedField?
  let bidSize: PlannedField?
  let ask: PlannedField?
  let askSize: PlannedField?
  let number: PlannedField?
  let channel: Channel?
  let request: PlannedField?
  let reason: PlannedField?

  init(_ rule: MessageRule, _ root: inout PointerTable) {
    var inner = PointerTable()
    let hasItems = rule.items != nil
    func field(_ name: String, _ pointer: JSONPointer?, _ origin: PointerOrigin = .item) -> PlannedField? {
      guard let pointer else { return nil }
      let isOutside = !hasItems || origin == .message
      let slot = isOutside ? root.slot(pointer) : inner.slot(pointer)
      let path = pointer.description.isEmpty ? "\"\"" : pointer.description
      return PlannedField(slot: slot, isOutside: isOutside, name: "\(name) at \(path)")
    }
    kind = rule.kind
    conditions = rule.conditions.tests.map { pointer, test in
      let slot = root.slot(pointer)
      return switch test {
      case .isAny(let values): Condition(slot: slot, test: .isAny(values.map { Array($0.utf8) }))
      case .begins(let prefix): Condition(slot: slot, test: .begins(Array(prefix.utf8)))
      case .isPresent(let isPresent): Condition(slot: slot, test: .isPresent(isPresent))
      }
    }
    items = field("items", rule.items, .message)
    symbol = field("symbol", rule.symbol?.pointer, rule.symbol?.origin ?? .item).map {
      SymbolField(
        field: $0, prefix: Array(rule.symbol?.prefix.utf8 ?? "".utf8),
        suffix: Array(rule.symbol?.suffix.utf8 ?? "".utf8))
    }
    price = field("price", rule.price)
    size = field("size", rule.size)
    sides = rule.side.flatMap { side in
      field("side", side.pointer).map { field in
        let (first, second) = (side.buy.map { Array($0.text.utf8) }, side.sell.map { Array($0.text.utf8) })
        return side.party == .taker
          ? Sides(field: field, buy: first, sell: second) : Sides(field: field, buy: second, sell: first)
      }
    }
    id = field("id", rule.id?.pointer)
    idCounts = rule.id?.counts ?? false
    time = field("time", rule.time?.pointer, rule.time?.origin ?? .item)
    unit = rule.time?.unit ?? .milliseconds
    bid = field("bid", rule.bid)
    bidSize = field("bid_size", rule.bidSize)
    ask = field("ask", rule.ask)
    askSize = field("ask_size", rule.askSize)
    number = field("number", rule.number)
    channel = rule.channel?.channel
    request = field("request", rule.request)
    reason = field("reason", rule.reason)
    itemMap = hasItems ? JSONPointerMap(inner.all) : nil
  }

  func fits(_ frame: RawSpan, _ captures: [JSONCapture]) -> Bool {
    for condition in conditions {
      let capture = captures[condition.slot]
      switch condition.test {
      case .isAny(let values): if !values.contains(where: { capture.isText($0, in: frame) }) { return false }
      case .begins(let prefix): if !capture.hasPrefix(prefix, in: frame) { return false }
      case .isPresent(let isPresent): if (capture.kind != nil) != isPresent { return false }
      }
    }
    return true
  }
}
