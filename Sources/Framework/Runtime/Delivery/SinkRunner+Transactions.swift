internal import Logging

/// Alerts that are committed together with the place of their source.
extension SinkRunner {
  /// What a run with transactions hands to the runner of the sink that makes them.
  struct Transactional {
    let transactions: AlertTransactions
    let sink: any TransactionalSink
  }

  /// Carries out the source's orders. What is left at the end is found again by the next run.
  func commitAll(_ transactional: Transactional) async throws(DeliveryError) {
    let transactions = transactional.transactions
    defer { transactions.end() }
    var retries = RetryClock(options.retry)
    await connectInTheEnd()
    var filter = options.filter.map { RecordFilter($0) }
    // Behind those of the last order.
    var waiting: [Record] = []
    var settled: UInt64 = 0
    // Since when places are not ours; until the source knows as well, what it says is void.
    var outdatedSince: ContinuousClock.Instant?
    while await inbox.hasMore(batch: 1, wait: .zero), !isOver {
      waiting += inbox.takeAll()
      while let order = transactions.next() {
        inbox.read(upTo: order.number)
        // The core handed over what it means before it was made, but perhaps after the last look.
        waiting += inbox.takeAll()
        let count = min(waiting.count, Int(order.alerts - min(settled, order.alerts)))
        let alerts = Array(waiting[..<count])
        waiting.removeFirst(count)
        settled = max(settled, order.alerts)
        if order.place != nil, let since = outdatedSince {
          guard ContinuousClock.now - since < SinkRunner.patience else {
            throw DeliveryError("its places are outdated, and the source goes on as if they were not", verdict: .stop)
          }
        } else if let place = order.place {
          let admitted = filter == nil ? alerts : alerts.filter { filter?.admits($0) != false }
          noteFiltered(alerts.count - admitted.count)
          let outcome = try await commit(admitted, place, transactional.sink, &retries)
          if outcome == .outdated { outdatedSince = .now }
        } else {
          outdatedSince = nil
          if count > 0 {
            logger.notice("sink \(name): \(count) alerts are not committed here, and will be found again")
          }
        }
        guard !isOver else { return }
        transactions.finished(order)
      }
    }
    if !waiting.isEmpty {
      logger.notice("sink \(name): \(waiting.count) alerts were not committed; the next run finds them again")
    }
  }

  private static let patience = Duration.seconds(60)

  /// Returns when alerts and place are committed, or nobody wants them any more; nil at the end of the run.
  private func commit(
    _ alerts: [Record], _ place: any SourcePlace, _ sink: any TransactionalSink, _ retries: inout RetryClock
  ) async throws(DeliveryError) -> TransactionOutcome? {
    var left = alerts
    while !isOver {
      do throws(DeliveryError) {
        if !isConnected { try await connectAnew() }
        let outcome = try await sink.commit(left, place)
        if outcome == .committed {
          count(delivered: left)
        } else {
          logger.notice(
            "sink \(name): the group has changed; \(left.count) alerts are dropped, and will be found again")
        }
        retries.reset()
        return outcome
      } catch {
        if case .reject(let places) = error.verdict, left.indices.contains(where: places.contains) {
          bury(left.indices.filter(places.contains).map { left[$0] }, error.reason)
          left = left.indices.filter { !places.contains($0) }.map { left[$0] }
          continue
        }
        if error.verdict == .stop { throw error }
        if error.verdict == .reconnect { await disconnect() }
        try await wait(behind: error, &retries)
      }
    }
    return nil
  }

  private func wait(behind error: DeliveryError, _ retries: inout RetryClock) async throws(DeliveryError) {
    var asked: Duration?
    if case .retry(let after) = error.verdict { asked = after }
    // Nothing is ever given up: the place must not move on without the alerts.
    var random = SystemRandomNumberGenerator()
    let delay = retries.delay(asked: asked, now: .now, using: &random) ?? options.retry.longest
    noteRetry("\(error.reason); trying again in \(delay.rough)")
    do {
      try await Task.sleep(for: delay)
    } catch {
      throw DeliveryError("stopped while waiting to try again", verdict: .stop)
    }
  }
}
