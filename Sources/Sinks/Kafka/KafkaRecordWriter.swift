internal import ArbdFramework
internal import ArbdKafka

/// Writes the keys and the values of records into blocks.
struct KafkaRecordWriter: ~Copyable {
  /// The topics, each once, and which of them the kinds of records go to.
  struct Topics: Sendable {
    let names: [String]
    let trades: Int
    let quotes: Int
    let alerts: Int
    let windows: Int

    init(_ options: KafkaTopics) {
      let names = Set([options.trades, options.quotes, options.alerts, options.windows]).sorted()
      func place(_ name: String) -> Int { names.firstIndex(of: name) ?? 0 }
      self.names = names
      trades = place(options.trades)
      quotes = place(options.quotes)
      alerts = place(options.alerts)
      windows = place(options.windows)
    }
  }

  /// The key of a market's records, and how their values begin.
  private struct Start {
    let bytes: UnsafeMutableRawBufferPointer
    let keyLength: Int
  }

  private let keys: RecordKeys
  private let topics: Topics
  /// By market number, which means the same market as long as a run lasts.
  private var starts: [Start?] = []

  init(_ key: RecordKey, _ topics: Topics) {
    keys = RecordKeys(key)
    self.topics = topics
  }

  deinit { for start in starts { start?.bytes.deallocate() } }

  /// Writes the records at these places, each of which has a topic to go to, and gives away each block that is full.
  mutating func write(
    _ batch: [Record], _ places: [Int], _ shipment: KafkaProducer.Shipment,
    _ handOver: (consuming KafkaRecordBlock) -> Void
  ) {
    batch.withUnsafeBufferPointer { records in
      guard let first = records.baseAddress else { return }
      var block = KafkaRecordBlock(records: places.count)
      for number in places.indices {
        let record = first + places[number]
        if let (kind, market) = record.marketData {
          let start = start(market, record)
          let length = start.bytes.count
          makeRoom(length + UnsafePointer<Record>.longestLine, in: &block, handOver)
          let spare = block.spare
          spare.copyMemory(from: UnsafeRawBufferPointer(start.bytes))
          let end = length + record.writeLine(into: UnsafeMutableRawBufferPointer(rebasing: spare[length...]))
          block.add(number, of: shipment, topic: kind == .trade ? topics.trades : topics.quotes, start.keyLength, end)
        } else {
          let text = text(of: record.pointee)
          makeRoom(text.bytes.count, in: &block, handOver)
          block.spare.copyBytes(from: text.bytes)
          block.add(number, of: shipment, topic: text.topic, text.keyLength, text.bytes.count)
        }
      }
      handOver(block)
    }
  }

  private func makeRoom(
    _ size: Int, in block: inout KafkaRecordBlock, _ handOver: (consuming KafkaRecordBlock) -> Void
  ) {
    if block.hasRoom(for: size) { return }
    handOver(block)
    block = KafkaRecordBlock(for: size)
  }

  /// Of what is no market data: the key and the value behind it.
  private func text(of record: Record) -> (topic: Int, keyLength: Int, bytes: [UInt8]) {
    switch record {
    case .alert(let alert):
      // A detector's alerts stay in order.
      var bytes = Array(alert.detector.utf8)
      let key = bytes.count
      bytes.append(alert: alert)
      return (topics.alerts, key, bytes)
    case .window(let summary):
      var bytes = Array(summary.detector.utf8)
      let key = bytes.count
      bytes.append(window: summary)
      return (topics.windows, key, bytes)
    case .trade, .quote, .status: return (topics.alerts, 0, [])
    }
  }

  private mutating func start(_ number: MarketID, _ record: UnsafePointer<Record>) -> Start {
    let index = Int(number.index)
    if index < starts.count, let start = starts[index] { return start }
    while starts.count <= index { starts.append(nil) }
    let start = makeStart(record.pointee)
    starts[index] = start
    return start
  }

  private func makeStart(_ record: Record) -> Start {
    var bytes: [UInt8] = []
    var keyLength = 0
    switch record {
    case .trade(_, let market), .quote(_, let market):
      bytes += keys.key(of: market).utf8
      keyLength = bytes.count
      bytes += [UInt8](startOfLine: market)
    case .alert, .window, .status: break
    }
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
    memory.copyBytes(from: bytes)
    return Start(bytes: memory, keyLength: keyLength)
  }
}
