package import ArbdFramework
import Foundation
import Synchronization

/// Venues on loopback that speak the real protocols: runs its own thread from `start` to `stop`.
package final class Simulator: Sendable {
  private enum State {
    case new
    case running(Mailbox, DispatchGroup)
    case stopped
  }

  package let options: SimulatorOptions
  private let state = Mutex(State.new)

  /// Checks the options; opens nothing.
  package init(_ options: SimulatorOptions) throws(SimulatorError) {
    if let problem = options.problem { throw SimulatorError(problem) }
    self.options = options
  }

  /// What will be injected, in order; a value to be taken from freely.
  package var schedule: InjectionSchedule {
    InjectionSchedule(
      options.injections, every: options.periodicInjections, markets: options.markets, seed: options.seed)
  }

  /// Listens and begins: the first moment of simulated time is now. A simulator starts once.
  package func start() throws(SimulatorError) -> SimulatorEndpoints {
    let tls = try options.tls.map { files throws(SimulatorError) in try TLSContext(files) }
    var listeners: [(kind: VenueKind, listener: Listener)] = []
    for venue in options.venues {
      listeners.append((venue.kind, try Listener(address: options.address, port: venue.port)))
    }
    let poller = try Poller()
    let mailbox = try Mailbox()
    let start = options.startTime ?? Simulator.now
    let model = MarketModel(
      markets: options.markets, start: start, seed: options.seed, rates: options.rates,
      volatility: options.volatility, depth: options.bookDepth, schedule: schedule)
    let setup = ServerLoop.Setup(
      model: model, listeners: listeners, limits: options.binanceLimits, tls: tls, address: options.address,
      speed: options.speed, maximumPendingBytes: options.maximumPendingBytes, faults: options.faults)
    let group = DispatchGroup()
    let isFirst = state.withLock { state in
      guard case .new = state else { return false }
      group.enter()
      state = .running(mailbox, group)
      return true
    }
    guard isFirst else { throw SimulatorError("a simulator starts once") }
    let thread = Thread {
      // OpenSSL writes without MSG_NOSIGNAL; a client that has gone away is no reason to die.
      var signals = sigset_t()
      sigemptyset(&signals)
      sigaddset(&signals, SIGPIPE)
      pthread_sigmask(SIG_BLOCK, &signals, nil)
      ServerLoop(setup, mailbox, poller).run()
      group.leave()
    }
    thread.name = "simulator"
    thread.start()
    return SimulatorEndpoints(listeners, address: options.address, isSecure: tls != nil, start: start)
  }

  /// The order book of a market as it is now, whatever clients have been told of it; nil where the venue does not list it,
  /// and while the simulator does not run.
  package func book(_ venue: VenueKind, _ instrument: Instrument) async -> SimulatedBook? {
    await withCheckedContinuation { continuation in
      // Posted before it stops, it is answered.
      let isPosted = state.withLock { state in
        guard case .running(let mailbox, _) = state else { return false }
        mailbox.post(.book(venue, instrument) { continuation.resume(returning: $0) })
        return true
      }
      if !isPosted { continuation.resume(returning: nil) }
    }
  }

  /// Takes effect at once. Faults of venues that are not simulated have none.
  package func inject(_ fault: Fault) {
    let mailbox: Mailbox? = state.withLock { if case .running(let mailbox, _) = $0 { mailbox } else { nil } }
    mailbox?.post(.inject(fault))
  }

  /// Closes all connections and waits until the thread has ended. Again, or before `start`, it does nothing.
  package func stop() {
    let running: (Mailbox, DispatchGroup)? = state.withLock { state in
      defer { state = .stopped }
      if case .running(let mailbox, let group) = state { return (mailbox, group) }
      return nil
    }
    guard let (mailbox, group) = running else { return }
    mailbox.post(.stop)
    group.wait()
  }

  deinit { stop() }

  private static var now: Timestamp {
    Timestamp(microseconds: Int64(Date().timeIntervalSince1970 * 1e6))
  }
}

/// Where the simulated venues are.
package struct SimulatorEndpoints: Sendable {
  package struct Endpoint: Sendable, Equatable {
    package let venue: VenueKind
    package let host: String
    package let port: UInt16
    package let isSecure: Bool

    /// Without a path: Coinbase's feed is there, Binance's at `/ws` and `/stream` below it.
    package var webSocketURL: String { "\(isSecure ? "wss" : "ws")://\(host):\(port)" }
    package var restURL: String { "\(isSecure ? "https" : "http")://\(host):\(port)" }
  }

  package let all: [Endpoint]
  /// The first moment of simulated time.
  package let start: Timestamp

  init(_ listeners: [(kind: VenueKind, listener: Listener)], address: String, isSecure: Bool, start: Timestamp) {
    self.start = start
    all = listeners.map { Endpoint(venue: $0.kind, host: address, port: $0.listener.port, isSecure: isSecure) }
  }

  package subscript(_ venue: VenueKind) -> Endpoint? { all.first { $0.venue == venue } }
}
