// A door for the package in Benchmarks/. For nobody else: `@_spi` keeps it out of the interface.

internal import ArbdFramework

/// A WebSocket in a network loop of its own.
@_spi(Benchmarks)
public final class BenchmarkedSocket {
  private let loop: NetworkLoop
  private var batch = InputBatch()
  private var outcomes: [NetworkOutcome] = []

  /// Nil when it does not open.
  public init?(_ url: String, certificateFile: String?) {
    guard let loop = try? NetworkLoop() else { return nil }
    self.loop = loop
    var request = WebSocketRequest(url: url)
    request.certificateFile = certificateFile
    loop.open(ConnectionID(index: 0), request)
    while outcomes.isEmpty { loop.wait(atMost: .seconds(10), into: &batch, &outcomes) }
    guard outcomes == [.opened(ConnectionID(index: 0))] else { return nil }
  }

  /// Receives at least so many frames; gives how many, or nil when the socket has closed.
  public func receive(_ count: Int) -> Int? {
    outcomes.removeAll(keepingCapacity: true)
    var received = 0
    while received < count, outcomes.isEmpty {
      batch.removeAll()
      loop.wait(atMost: .seconds(10), into: &batch, &outcomes)
      for case .frame in batch.events { received += 1 }
    }
    return outcomes.isEmpty ? received : nil
  }
}
