internal import Foundation
internal import Logging
internal import Synchronization

/// Fetches venues' lists of instruments, at the start and then from time to time, on a thread and a network of its own: a
/// list may be megabytes, which the core's thread must not read.
final class InstrumentService: Sendable {
  /// Whose list, and for whom.
  struct Target: Sendable {
    /// The sources that are concerned, by their places.
    var sources: [Int]
    let venue: String
    let adapter: any ExchangeAdapter.Type
    let request: HTTPRequest
    let interval: Duration?
    /// Nil for a venue that stands somewhere else than the real one.
    let cache: InstrumentCache?
    var wanted: [Instrument]
  }

  /// What came of asking.
  enum News: Sendable {
    case list(target: Int, InstrumentList)
    case failed(target: Int, reason: String)
  }

  let targets: [Target]
  private let makeNetwork: @Sendable () throws -> any Network
  private let logger: Logger
  private let state = Mutex(State())
  private let arrived = Condition()

  private struct State {
    var news: [News] = []
    var isStopped = false
    var wake: (@Sendable () -> Void)?
    /// Called when there is news.
    var onNews: (@Sendable () -> Void)?
  }

  /// A list that is longer is not read.
  static let maximumBytes = 64 << 20
  /// After a failure, sooner than after a success.
  static let retryInterval = Duration.seconds(60)

  init(
    _ targets: [Target], makeNetwork: @escaping @Sendable () throws -> any Network, logger: Logger
  ) {
    self.targets = targets
    self.makeNetwork = makeNetwork
    self.logger = logger
  }

  /// Begins with all lists at once.
  func start() {
    let thread = Thread { self.work() }
    thread.name = "arbd instruments"
    thread.start()
  }

  func stop() {
    let wake = state.withLock { state in
      state.isStopped = true
      return state.wake
    }
    wake?()
  }

  func onNews(_ tell: @escaping @Sendable () -> Void) { state.withLock { $0.onNews = tell } }

  func takeNews() -> [News] {
    state.withLock { state in
      defer { state.news = [] }
      return state.news
    }
  }

  /// Waits for news, at most so long.
  func waitForNews(atMost limit: Duration) -> [News] {
    let end = ContinuousClock.now + limit
    arrived.lock()
    defer { arrived.unlock() }
    while true {
      let news = takeNews()
      if !news.isEmpty || !arrived.wait(until: end) { return news + takeNews() }
    }
  }

  /// The list as it was when it last could be fetched.
  func cached(_ target: Int) -> InstrumentList? {
    guard let bytes = targets[target].cache?.list(of: targets[target].venue),
      case .success(let list) = read(bytes.span.bytes, target)
    else { return nil }
    return list
  }

  // MARK: The service's thread

  private func work() {
    let network: any Network
    do {
      network = try makeNetwork()
    } catch {
      for target in targets.indices { tell(.failed(target: target, reason: "\(error)")) }
      return
    }
    state.withLock { $0.wake = network.wake }
    var due = targets.map { _ in ContinuousClock.Instant?.some(.now) }
    var batch = InputBatch()
    var outcomes: [NetworkOutcome] = []
    while !state.withLock(\.isStopped) {
      let now = ContinuousClock.now
      for (number, target) in targets.enumerated() where due[number].map({ $0 <= now }) ?? false {
        due[number] = nil
        network.fetch(target.request, for: ConnectionID(index: Int32(number)), number: 0)
      }
      let next = due.compactMap(\.self).min() ?? now + .seconds(3_600)
      batch.removeAll()
      outcomes.removeAll()
      network.wait(atMost: max(.zero, next - .now), into: &batch, &outcomes)
      for event in batch.events {
        guard case .response(let id, _, let status, let body, _) = event else { continue }
        let isGood = receive(Int(id.index), status: status, batch.bytes.extracting(body))
        due[Int(id.index)] = nextTime(of: Int(id.index), afterSuccess: isGood)
      }
      for case .unanswered(let id, _, let failure) in outcomes {
        tell(.failed(target: Int(id.index), reason: failure.reason))
        due[Int(id.index)] = nextTime(of: Int(id.index), afterSuccess: false)
      }
      // Behind the answer itself, which it came with.
      for case .throttled(let id, _, let wait?) in outcomes {
        if let next = due[Int(id.index)] { due[Int(id.index)] = max(next, .now + wait) }
      }
    }
  }

  private func nextTime(of target: Int, afterSuccess isGood: Bool) -> ContinuousClock.Instant? {
    targets[target].interval.map { .now + (isGood ? $0 : min($0, InstrumentService.retryInterval)) }
  }

  private func receive(_ target: Int, status: Int, _ body: RawSpan) -> Bool {
    guard status == 200 else {
      tell(.failed(target: target, reason: "the venue answers with status \(status)"))
      return false
    }
    switch read(body, target) {
    case .failure(let fault):
      tell(.failed(target: target, reason: fault.reason))
      return false
    case .success(let list):
      if let cache = targets[target].cache {
        let bytes = body.withUnsafeBytes { Array($0) }
        if let problem = cache.save(bytes, of: targets[target].venue) {
          logger.warning("the list of instruments of \(targets[target].venue) is not kept: \(problem)")
        }
      }
      tell(.list(target: target, list))
      return true
    }
  }

  private struct Fault: Error { let reason: String }

  private func read(_ body: RawSpan, _ target: Int) -> Result<InstrumentList, Fault> {
    do throws(JSONError) {
      var json = JSONScanner(body)
      let list = InstrumentList(try targets[target].adapter.readInstruments(&json))
      try json.finish()
      return list.isEmpty ? .failure(Fault(reason: "there is none in it")) : .success(list)
    } catch {
      return .failure(Fault(reason: "it cannot be read: \(error)"))
    }
  }

  private func tell(_ news: News) {
    let onNews = state.withLock { state in
      state.news.append(news)
      return state.onNews
    }
    arrived.lock()
    arrived.broadcast()
    arrived.unlock()
    onNews?()
  }
}
