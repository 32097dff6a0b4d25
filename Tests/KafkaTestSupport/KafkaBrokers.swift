import Foundation

/// Brokers for a test: librdkafka's mock in this process, or those that the environment names. What a test does is the same
/// for both; what it may claim is not.
public protocol KafkaBrokers: AnyObject, Sendable {
  var bootstrap: String { get }

  /// Those that its brokers listen at.
  var ports: [UInt16] { get }

  /// Whether transactions are more than their syntax: aborted records are hidden, offsets in them kept, and a second
  /// producer with the same id shuts out the first. The mock has none of it, and doubles what an idempotent producer repeats.
  var isReal: Bool { get }

  /// Makes a topic whose name begins so or is this; it goes away with the brokers' owner.
  func makeTopic(_ name: String, partitions: Int32, settings: [String: String]) throws -> String

  /// A group that nobody else has.
  func makeGroup(_ name: String) -> String

  /// Ends the broker that leads the partition; nil when there is no way to.
  func killLeader(of topic: String, partition: Int32) throws -> KilledBroker?
}

/// A broker that was ended, until somebody begins it anew.
public struct KilledBroker: Sendable {
  public let number: Int32
  public let revive: @Sendable () throws -> Void
}

public struct BrokerError: Error, CustomStringConvertible {
  public let description: String

  init(_ description: String) { self.description = description }
}

extension KafkaBrokers {
  public func makeTopic(_ name: String, partitions: Int32) throws -> String {
    try makeTopic(name, partitions: partitions, settings: [:])
  }
}

extension MockCluster: KafkaBrokers {
  public var ports: [UInt16] {
    bootstrap.split(separator: ",").compactMap { UInt16($0.split(separator: ":").last ?? "") }
  }
  public var isReal: Bool { false }

  public func makeTopic(_ name: String, partitions: Int32, settings: [String: String]) throws -> String {
    create(name, partitions: partitions)
    return name
  }

  public func makeGroup(_ name: String) -> String { name }

  /// The mock chooses no leaders: the next broker is told to lead.
  public func killLeader(of topic: String, partition: Int32) throws -> KilledBroker? {
    let number = leader(of: topic, partition: partition)
    moveEverything(of: topic, from: number)
    setDown(number)
    return KilledBroker(number: number) { self.setUp(number) }
  }
}
