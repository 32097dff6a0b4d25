public import ArbdFramework

/// Holds a sink against what the runtime relies on: what is offered is delivered or rejected, in order; a retry is safe;
/// `close` may come at any time and twice; after it the sink may be connected again.
///
/// The destination has to be there and empty, and to forget nothing while the kit runs.
public struct SinkConformance {
  /// Alerts that are offered, in batches.
  public var count = 100

  private let make: () throws -> any Sink
  private let received: () async throws -> [String]

  /// `make`: a sink that is not connected yet, each for the same destination. `received`: the ids of the alerts that the
  /// destination has, in its order; one that came twice may stand there twice.
  public init(_ make: @escaping () throws -> any Sink, received: @escaping () async throws -> [String]) {
    self.make = make
    self.received = received
  }

  public func run() async -> ConformanceReport {
    let name = (try? make()).map { type(of: $0).name } ?? "sink"
    var report = ConformanceReport(subject: name)
    for (check, work) in checks {
      let outcome: ConformanceReport.Line.Outcome
      do {
        outcome = .passed(try await work())
      } catch let finding as Finding {
        outcome = finding.isWrong ? .failed(finding.text) : .skipped(finding.text)
      } catch {
        outcome = .failed("\(error)")
      }
      report.lines.append(ConformanceReport.Line(check: check, outcome: outcome))
    }
    return report
  }

  private var checks: [(String, () async throws -> String)] {
    [
      ("close", checkClose), ("delivery", checkDelivery), ("retry", checkRetry), ("reconnect", checkReconnect),
      ("after close", checkAfterClose), ("kinds", checkKinds), ("pipeline", checkPipeline),
    ]
  }

  private func checkClose() async throws -> String {
    let sink = try make()
    await sink.close()
    await sink.close()
    return "before connect, and twice"
  }

  /// Gives the places that the sink rejects.
  private func deliver(_ batch: [Record], to sink: any Sink) async throws -> Set<Int> {
    do throws(DeliveryError) {
      try await sink.deliver(batch)
      return []
    } catch {
      guard case .reject(let places) = error.verdict else { throw Finding.wrong("a batch is not delivered: \(error)") }
      let rest = batch.indices.filter { !places.contains($0) && !error.delivered.contains($0) }
      guard !rest.isEmpty, rest.count < batch.count else { return places }
      let others = try await deliver(rest.map { batch[$0] }, to: sink)
      return places.union(others.map { rest[$0] })
    }
  }

  private func checkDelivery() async throws -> String {
    let sink = try make()
    guard type(of: sink).accepts.contains(.alert) else { throw Finding.unknown("it takes no alerts") }
    try await sink.connect()
    let before = try await received().count
    let limit = min(max(1, type(of: sink).batchLimit), 32)
    var offered: [String] = []
    var rejected = 0
    for start in stride(from: 0, to: count, by: limit) {
      let alerts = (start..<min(count, start + limit)).map { SinkConformance.alert($0) }
      let refused = try await deliver(alerts.map { .alert($0) }, to: sink)
      rejected += refused.count
      offered += alerts.indices.filter { !refused.contains($0) }.map { alerts[$0].id }
    }
    await sink.close()
    let arrived = Array(try await received().dropFirst(before))
    guard arrived.count >= offered.count else {
      throw Finding.wrong("\(arrived.count) of \(offered.count) alerts arrived that were called delivered")
    }
    guard Set(arrived) == Set(offered) else { throw Finding.wrong("other alerts arrived than were delivered") }
    guard arrived == offered else { throw Finding.wrong("they did not arrive in the order of delivery") }
    return "\(offered.count) delivered and \(rejected) rejected of \(count), in order"
  }

  private func checkRetry() async throws -> String {
    let sink = try make()
    guard type(of: sink).accepts.contains(.alert) else { throw Finding.unknown("it takes no alerts") }
    try await sink.connect()
    let alert = SinkConformance.alert(count + 1)
    for _ in 0..<2 { _ = try await deliver([.alert(alert)], to: sink) }
    await sink.close()
    let times = try await received().count { $0 == alert.id }
    guard times > 0 else { throw Finding.wrong("an alert that was delivered twice is not there") }
    return times == 1 ? "an alert that comes again is there once" : "an alert that comes again has the same id"
  }

  private func checkReconnect() async throws -> String {
    let sink = try make()
    guard type(of: sink).accepts.contains(.alert) else { throw Finding.unknown("it takes no alerts") }
    for round in 0..<2 {
      try await sink.connect()
      let alert = SinkConformance.alert(count + 2 + round)
      _ = try await deliver([.alert(alert)], to: sink)
      await sink.close()
      guard try await received().contains(alert.id) else {
        throw Finding.wrong("an alert of connection \(round + 1) is not there")
      }
    }
    return "after close it can be connected again"
  }

  private func checkAfterClose() async throws -> String {
    let sink = try make()
    try await sink.connect()
    await sink.close()
    do {
      try await sink.deliver([.alert(SinkConformance.alert(count + 4))])
    } catch {
      return "a delivery is refused: \(error)"
    }
    guard try await received().contains(SinkConformance.alert(count + 4).id) else {
      throw Finding.wrong("a delivery after close is called delivered and is not there")
    }
    return "a delivery arrives all the same"
  }

  private func checkKinds() async throws -> String {
    let sink = try make()
    try await sink.connect()
    let kinds = type(of: sink).accepts
    for kind in Record.Kind.allCases where kinds.contains(kind) {
      try await sink.deliver([SinkConformance.record(kind)])
    }
    try await sink.deliver([])
    await sink.close()
    return kinds.map(\.rawValue).sorted().joined(separator: ", ") + ", and an empty batch"
  }

  private func checkPipeline() async throws -> String {
    let made = try make()
    guard let sink = made as? any PipelinedSink, type(of: made).accepts.contains(.alert) else {
      throw Finding.unknown("it has one batch on its way at a time")
    }
    try await sink.connect()
    let before = try await received().count
    let batches = (0..<3).map { batch in (0..<5).map { SinkConformance.alert(count + 5 + batch * 5 + $0) } }
    for batch in batches { try await sink.begin(batch.map { .alert($0) }) }
    for number in batches.indices {
      try await sink.finishFirst(hurrying: number == 2)
      let arrived = Set(try await received().dropFirst(before))
      guard batches[number].allSatisfy({ arrived.contains($0.id) }) else {
        throw Finding.wrong("batch \(number + 1) of 3 is called delivered and is not there")
      }
    }
    guard Array(try await received().dropFirst(before)) == batches.joined().map(\.id) else {
      throw Finding.wrong("batches that were on their way together did not arrive in their order")
    }
    do throws(DeliveryError) {
      try await sink.finishFirst(hurrying: true)
    } catch {
      try await sink.begin(batches[0].map { .alert($0) })
      await sink.close()
      try await sink.connect()
      _ = try await deliver([.alert(SinkConformance.alert(count + 20))], to: sink)
      await sink.close()
      return "three batches on their way together, in order; close gives up what is on its way"
    }
    throw Finding.wrong("a batch is called delivered when none is on its way")
  }

  // MARK: Samples

  private static let market = Market(venue: "kit", instrument: Instrument(base: "BTC", quote: "USD"))

  static func alert(_ number: Int) -> Alert {
    let start = Timestamp(microseconds: 1_767_225_600_000_000 + Int64(number) * 1_000_000)
    let other = Market(venue: "other", instrument: Instrument(base: "BTC", quote: "USDT"))
    return Alert(
      detector: "conformance", type: "spread", windowStart: start,
      windowEnd: Timestamp(microseconds: start.microseconds + 1_000_000),
      legs: [
        Alert.Leg(side: .buy, market: market, price: 60_000.5, feeBasisPoints: 10),
        Alert.Leg(side: .sell, market: other, price: 60_060.25, feeBasisPoints: 10),
      ], spread: 59.75, grossBasisPoints: 9.958, netBasisPoints: -10.05, detectedAt: start)
  }

  private static func record(_ kind: Record.Kind) -> Record {
    let time = Timestamp(microseconds: 1_767_225_600_000_000)
    let one = Quantity(ExactDecimal(mantissa: 100, exponent: -2))
    let two = Quantity(ExactDecimal(mantissa: 200, exponent: -2))
    let id = MarketID(index: 0)
    switch kind {
    case .alert: return .alert(alert(0))
    case .trade:
      return .trade(
        Trade(market: id, side: .buy, price: one, size: two, id: TradeID(1), eventTime: time, receiveTime: time), market
      )
    case .quote:
      return .quote(
        Quote(market: id, bid: one, bidSize: .missing, ask: two, askSize: two, eventTime: time, receiveTime: time),
        market)
    case .window:
      return .window(
        WindowSummary(
          detector: "conformance", type: "spread", windowStart: time, windowEnd: time, alerts: 0,
          prices: [.init(market: market, records: 1, buy: 1, sell: 1)], routes: [], detectedAt: time))
    case .status:
      return .status(
        StatusReport(elapsed: .seconds(1), events: 0, alerts: 0, late: 0, rejected: 0, lastPrices: [], isFinal: false))
    }
  }
}
