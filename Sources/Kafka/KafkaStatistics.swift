package import ArbdFramework

/// What librdkafka says of itself from time to time.
///
///     { "name": "arbd#producer-1", "type": "producer", "msg_cnt": 22710, "msg_size": 704010, "tx": 631, "txmsgs": 4300,
///       "rxmsgs": 0, "brokers": { "localhost:9092/1": { "state": "UP", "rtt": { "avg": 5708, … }, … } },
///       "topics": { "prices": { "partitions": { "0": { "fetch_state": "active", "next_offset": 41, "ls_offset": 70,
///         "fetchq_cnt": 5, … }, … }, … } }, … }
///
/// https://github.com/confluentinc/librdkafka/blob/v2.0.2/STATISTICS.md
package struct KafkaStatistics: Sendable, Equatable {
  /// Records that wait in the client.
  package var queuedRecords: UInt64 = 0
  package var queuedBytes: UInt64 = 0
  /// Records and bytes that were sent to brokers.
  package var sentRecords: UInt64 = 0
  package var sentBytes: UInt64 = 0
  /// The same, received from brokers.
  package var receivedRecords: UInt64 = 0
  package var receivedBytes: UInt64 = 0
  /// Records of the partitions that are read which have yet to be given out: at the brokers, as far as they were told of,
  /// and in the client. Nil before the first partition's end is known.
  package var lag: UInt64?
  /// Brokers of the cluster with a connection.
  package var connectedBrokers: UInt64 = 0
  /// Seconds from a request to its answer, the mean of the slowest broker; 0 before the first.
  package var roundTrip = 0.0
  /// Requests that were made again.
  package var retries: UInt64 = 0

  package init() {}

  package init(json: RawSpan) throws(JSONError) {
    var scanner = JSONScanner(json)
    var backlog = Backlog()
    try scanner.beginObject()
    while let key = try scanner.nextKey() {
      if key == "msg_cnt" {
        queuedRecords = try Self.count(&scanner)
      } else if key == "msg_size" {
        queuedBytes = try Self.count(&scanner)
      } else if key == "txmsgs" {
        sentRecords = try Self.count(&scanner)
      } else if key == "txmsg_bytes" {
        sentBytes = try Self.count(&scanner)
      } else if key == "rxmsgs" {
        receivedRecords = try Self.count(&scanner)
      } else if key == "rxmsg_bytes" {
        receivedBytes = try Self.count(&scanner)
      } else if key == "brokers" {
        try scanner.beginObject()
        while try scanner.nextKey() != nil { try readBroker(&scanner) }
      } else if key == "topics" {
        try scanner.beginObject()
        while try scanner.nextKey() != nil { try backlog.readTopic(&scanner) }
      } else {
        try scanner.skipValue()
      }
    }
    try scanner.finish()
    lag = backlog.records
  }

  private mutating func readBroker(_ scanner: inout JSONScanner) throws(JSONError) {
    var (isUp, node) = (false, Int64(-1))
    try scanner.beginObject()
    while let key = try scanner.nextKey() {
      if key == "state" {
        isUp = try scanner.readString() == "UP"
      } else if key == "nodeid" {
        node = try scanner.readWholeNumber()
      } else if key == "txretries" {
        retries += try Self.count(&scanner)
      } else if key == "rtt" {
        try scanner.beginObject()
        while let key = try scanner.nextKey() {
          if key == "avg" {
            roundTrip = max(roundTrip, Double(try scanner.readWholeNumber()) / 1e6)
          } else {
            try scanner.skipValue()
          }
        }
      } else {
        try scanner.skipValue()
      }
    }
    // Those without a number are addresses of the bootstrap list, which lead to the same brokers.
    if isUp, node >= 0 { connectedBrokers += 1 }
  }

  private static func count(_ scanner: inout JSONScanner) throws(JSONError) -> UInt64 {
    UInt64(max(0, try scanner.readWholeNumber()))
  }
}

/// How far a consumer is behind, by the figures of its partitions.
private struct Backlog {
  private var atBrokers: UInt64?
  private var inClient: UInt64 = 0

  var records: UInt64? { atBrokers.map { $0.addingReportingOverflow(inClient).partialValue } }

  mutating func readTopic(_ scanner: inout JSONScanner) throws(JSONError) {
    try scanner.beginObject()
    while let key = try scanner.nextKey() {
      guard key == "partitions" else {
        try scanner.skipValue()
        continue
      }
      try scanner.beginObject()
      while try scanner.nextKey() != nil { try readPartition(&scanner) }
    }
  }

  private mutating func readPartition(_ scanner: inout JSONScanner) throws(JSONError) {
    var (isRead, next, end, queued) = (false, Int64(-1), Int64(-1), Int64(0))
    try scanner.beginObject()
    while let key = try scanner.nextKey() {
      if key == "fetch_state" {
        isRead = try scanner.readString() == "active"
      } else if key == "next_offset" {
        next = try scanner.readInteger()
      } else if key == "ls_offset" {
        end = try scanner.readInteger()
      } else if key == "fetchq_cnt" {
        queued = try scanner.readInteger()
      } else {
        try scanner.skipValue()
      }
    }
    // Below zero they are not known yet.
    guard isRead, next >= 0, end >= 0 else { return }
    atBrokers = (atBrokers ?? 0).addingReportingOverflow(UInt64(max(0, end - next))).partialValue
    // All partitions of a group share one queue, and each tells its length.
    inClient = max(inClient, UInt64(max(0, queued)))
  }
}

extension KafkaStatistics {
  package var producerFigures: [PluginFigure] {
    [
      PluginFigure("kafka_queued_records", Double(queuedRecords)),
      PluginFigure("kafka_queued_bytes", Double(queuedBytes)),
      PluginFigure("kafka_sent_records", Double(sentRecords)), PluginFigure("kafka_sent_bytes", Double(sentBytes)),
    ] + connectionFigures
  }

  package var consumerFigures: [PluginFigure] {
    (lag.map { [PluginFigure("kafka_lag_records", Double($0))] } ?? []) + [
      PluginFigure("kafka_received_records", Double(receivedRecords)),
      PluginFigure("kafka_received_bytes", Double(receivedBytes)),
    ] + connectionFigures
  }

  private var connectionFigures: [PluginFigure] {
    [
      PluginFigure("kafka_connected_brokers", Double(connectedBrokers)),
      PluginFigure("kafka_round_trip_seconds", roundTrip),
      PluginFigure("kafka_retries", Double(retries)),
    ]
  }
}
