import ArbdFramework
import ArbdKafka
import ArbdSinks
import CKafkaReference
import Foundation
import Logging

/// The Kafka sink beside a plain C program on librdkafka: the same records, the same settings, by turns against a mock
/// cluster in this process. Prints both and the median of their ratios; fails below 0.8.
///
///     swift run -c release --package-path Benchmarks arbd-kafka-bench [RECORDS OF A BATCH …]
@main
struct KafkaBench {
  static let topic = "crypto-prices"
  static let count = 400_000
  static let rounds = 15
  /// A little bit of everything that a day's prices have.
  static let kinds = 64

  static func main() async throws {
    guard let cluster = reference_cluster_new(topic, 4) else { throw Failure("no mock cluster") }
    defer { reference_cluster_free(cluster) }
    let bootstrap = String(cString: reference_cluster_bootstrap(cluster))
    let records = (0..<kinds).map(trade)
    var failed = false
    let sizes = CommandLine.arguments.dropFirst().compactMap { Int($0) }
    for batch in sizes.isEmpty ? [1_024, 4_096] : sizes {
      var ratios: [Double] = []
      var best = (sink: 0.0, reference: 0.0)
      for _ in 0..<rounds {
        let reference = Double(count) / (try referenceSeconds(bootstrap, records))
        let sink = Double(count) / (try await sinkSeconds(bootstrap, records, batch: batch))
        ratios.append(sink / reference)
        best = (max(best.sink, sink), max(best.reference, reference))
      }
      let median = ratios.sorted()[rounds / 2]
      let figures = ratios.map { String(format: "%.2f", $0) }.joined(separator: " ")
      report(
        "batches of \(batch): sink \(Int(best.sink)) records/s, C \(Int(best.reference)) records/s (best of \(rounds)); "
          + "ratio \(String(format: "%.2f", median)) (median of \(figures))")
      failed = failed || median < 0.8
    }
    if failed {
      report("the sink is below 0.8 of the C program")
      exit(1)
    }
  }

  /// At once, also where standard output is a file.
  static func report(_ text: String) {
    FileHandle.standardOutput.write(Data((text + "\n").utf8))
  }

  static func trade(_ number: Int) -> Record {
    let quote = number.isMultiple(of: 2) ? "USD" : "USDT"
    let market = Market(
      venue: number.isMultiple(of: 3) ? "coinbase" : "binance", instrument: Instrument(base: "BTC", quote: quote))
    let time = Timestamp(microseconds: 1_700_000_000_000_000 + Int64(number) * 1_234)
    return .trade(
      Trade(
        market: MarketID(index: Int32(number % 6)), side: .buy,
        price: Quantity(ExactDecimal(mantissa: 6_009_121 + Int64(number), exponent: -2)),
        size: Quantity(ExactDecimal(mantissa: 100 + Int64(number), exponent: -4)),
        id: TradeID(UInt64(900_000 + number)),
        eventTime: time, receiveTime: time), market)
  }

  static func sinkSeconds(_ bootstrap: String, _ kinds: [Record], batch: Int) async throws -> Double {
    var options = KafkaSinkOptions()
    options.connection.brokers = bootstrap
    let sink = try KafkaSink(
      options: options, context: PluginContext(logger: Logger(label: "bench"), name: "kafka", markets: MarketTable()))
    try await sink.connect()
    let records = (0..<batch).map { kinds[$0 % kinds.count] }
    let start = ContinuousClock.now
    // As the runtime does while records come faster than they are acknowledged.
    var left = count
    var underway: [Int] = []
    while left > 0 {
      let size = min(batch, left)
      while !underway.isEmpty, underway.reduce(size, +) > KafkaSink.pipelineLimit {
        try await sink.finishFirst(hurrying: false)
        underway.removeFirst()
      }
      try await sink.begin(size == batch ? records : Array(records.prefix(size)))
      underway.append(size)
      left -= size
    }
    for _ in underway { try await sink.finishFirst(hurrying: true) }
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    await sink.close()
    return seconds
  }

  static func referenceSeconds(_ bootstrap: String, _ kinds: [Record]) throws -> Double {
    let settings = [
      "bootstrap.servers", bootstrap, "acks", "all", "enable.idempotence", "true", "compression.type", "lz4",
      "linger.ms",
      "5", "partitioner", "murmur2_random", "queue.buffering.max.kbytes", "262144",
      "queue.buffering.max.messages", "65536",
    ]
    let values = kinds.map { record in
      var line: [UInt8] = []
      if case .trade(let trade, let market) = record { line.append(trade: trade, at: market) }
      return String(decoding: line, as: UTF8.self)
    }
    let seconds = withStrings(settings) { settings in
      withStrings(values) { pointers in
        let lengths = values.map(\.utf8.count)
        return reference_produce(settings, topic, "BTC", pointers, lengths, Int32(values.count), Int32(count))
      }
    }
    guard seconds > 0 else { throw Failure("the C program was not acknowledged") }
    return seconds
  }

  /// C strings in an array that ends with a null pointer.
  static func withStrings<Result>(_ strings: [String], _ body: ([UnsafePointer<CChar>?]) -> Result) -> Result {
    let copies = strings.map { strdup($0) }
    defer { for copy in copies { free(copy) } }
    return body(copies.map { UnsafePointer($0) } + [nil])
  }

  struct Failure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
  }
}
