import ArbdFramework
import ArbdKafka
import Foundation
import KafkaTestSupport
import Testing

@testable import ArbdSinks

/// kcat, which others wrote, reads what arbd writes.
@Suite(.enabled(if: Kcat.isThere, "skipped: needs kcat"), .timeLimit(.minutes(5))) struct KcatTests {
  @Test func kcatReadsWhatTheSinkWrites() async throws {
    let cluster = try #require(MockCluster())
    cluster.create("crypto-prices", partitions: 1)
    var options = KafkaSinkOptions()
    options.connection.brokers = cluster.bootstrap
    let sink = try KafkaSink(options: options, context: Sample.context("kafka"))
    try await sink.connect()
    try await sink.deliver((1...3).map { Sample.trade($0) } + [Sample.quote])
    await sink.close()
    let lines = try Kcat.run(["-C", "-b", cluster.bootstrap, "-t", "crypto-prices", "-e", "-q", "-f", "%k %s\n"])
    #expect(lines == ((1...3).map { Sample.tradeLine($0) } + [Sample.quoteLine]).map { "BTC \($0)" })
  }
}
