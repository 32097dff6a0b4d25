package import ArbdFramework
internal import CCurl
internal import Glibc

/// All sockets and requests, on libcurl's multi interface.
///
/// A request is an ordinary transfer. A WebSocket is a handle that libcurl only connects (name, proxy); then its socket
/// is ours, and waited for beside the transfers.
///
/// An `open` of a connection that is open already ends the older socket first, without a handshake. Socket and request
/// stop when the loop is let go.
package final class NetworkLoop: ProbedNetwork {
  let multi: CurlMulti
  let now: @Sendable () -> Timestamp
  var transfers: [UnsafeMutableRawPointer: HTTPTransfer] = [:]
  /// In the order of their opening; those that only linger too.
  var sockets: [WebSocketConnection] = []
  var current: [ConnectionID: WebSocketConnection] = [:]
  /// Takes the bytes of binary messages, of which a batch has the length alone.
  package var binary: BinarySink?
  /// Of what never began.
  private var failures: [NetworkOutcome] = []
  private let proxies: Proxies
  private var contexts = TLSContexts()
  private var waited: [curl_waitfd] = []
  package private(set) var readableSince: Timestamp?
  /// Whose turn it is first.
  private var first = 0

  /// Fails without a libcurl that can be used. `now`: the wall clock, which stamps what arrives. `variable`: a variable of
  /// the environment, in which proxies are named.
  package init(
    now: @escaping @Sendable () -> Timestamp = { .systemClock }, variable: (String) -> String? = NetworkLoop.environment
  ) throws(NetworkFailure) {
    guard let multi = CurlMulti() else { throw .outOfMemory }
    guard CurlLibrary.resolvesAside else {
      throw NetworkFailure(.resolve, "this libcurl looks names up one at a time: one built with AsynchDNS is needed")
    }
    self.multi = multi
    self.now = now
    proxies = Proxies(variable)
  }

  /// A variable of the process's environment.
  package static func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

  package var wake: @Sendable () -> Void {
    { [multi] in multi.wakeUp() }
  }

  package func fetch(_ request: HTTPRequest, for connection: ConnectionID, number: Int) {
    do throws(NetworkFailure) {
      let transfer = try HTTPTransfer(request, for: connection, number: number, proxies: proxies)
      guard transfer.handle.join(multi) else { throw .outOfMemory }
      transfers[transfer.handle.pointer] = transfer
    } catch {
      failures.append(.unanswered(connection, request: number, error))
    }
  }

  package func send(_ connection: ConnectionID, text: String) {
    current[connection]?.send(.text, text.utf8Span.span.bytes)
  }

  package func send(_ connection: ConnectionID, binary: RawSpan) { current[connection]?.send(.binary, binary) }

  package func ping(_ connection: ConnectionID) { current[connection]?.ping() }

  package func close(_ connection: ConnectionID, reason: String) { current[connection]?.close(reason: reason) }

  package func received(_ connection: ConnectionID) -> UInt64 { current[connection]?.received ?? 0 }

  package func particulars(of connection: ConnectionID) -> SocketParticulars? { current[connection]?.particulars }

  package func open(_ connection: ConnectionID, _ request: WebSocketRequest) {
    current[connection]?.drop(reason: "opened anew")
    do throws(NetworkFailure) {
      let socket = try WebSocketConnection(connection, request, proxies: proxies, contexts: &contexts)
      guard socket.handle?.join(multi) == true else { throw .outOfMemory }
      sockets.append(socket)
      current[connection] = socket
    } catch {
      failures.append(.failed(connection, error))
    }
  }

  package func wait(atMost time: Duration, into batch: inout InputBatch, _ outcomes: inout [NetworkOutcome]) {
    for socket in sockets { socket.refuseViolation() }
    publish(into: &batch, &outcomes)
    waited.removeAll(keepingCapacity: true)
    for socket in sockets { socket.appendWait(to: &waited) }
    multi.poll(&waited, atMost: outcomes.isEmpty && batch.events.isEmpty ? min(time, untilDue()) : .zero)
    // The sockets are those that they were, since nothing ran in between.
    var position = 0
    let found = now()
    for socket in sockets { socket.note(waited, &position, at: found) }

    if !transfers.isEmpty || sockets.contains(where: \.isConnecting) {
      multi.perform()
      while let (handle, result) = multi.nextResult() { finish(handle, result, into: &batch) { outcomes.append($0) } }
    }
    for socket in sockets {
      socket.secure()
      socket.flush()
    }
    receive(into: &batch, &outcomes, found)
    let instant = ContinuousClock.now
    for socket in sockets { socket.expire(at: instant) }
    publish(into: &batch, &outcomes)
  }

  /// Sockets take turns until all are empty or the batch is full; the next batch begins where this one ended.
  /// `found`: when `poll` returned.
  private func receive(into batch: inout InputBatch, _ outcomes: inout [NetworkOutcome], _ found: Timestamp) {
    readableSince = nil
    var idle = 0
    while idle < sockets.count, !batch.isFull {
      if first >= sockets.count { first = 0 }
      let socket = sockets[first]
      first += 1
      if socket.isReadable {
        let earlier = batch.events.count
        socket.receive(into: &batch, &outcomes, now, binary)
        if batch.events.count > earlier {
          let since = socket.readableSince ?? found
          readableSince = readableSince.map { min($0, since) } ?? since
          // What is left in the socket was not found by `poll`, but while this turn went on.
          socket.readableSince = found
        }
        idle = socket.isReadable ? 0 : idle + 1
      } else {
        idle += 1
      }
    }
  }

  private func finish(
    _ handle: UnsafeMutableRawPointer, _ result: CURLcode, into batch: inout InputBatch,
    _ tell: (NetworkOutcome) -> Void
  ) {
    if let transfer = transfers.removeValue(forKey: handle) {
      guard result == CURLE_OK else {
        return tell(.unanswered(transfer.connection, request: transfer.number, transfer.failure(result)))
      }
      let body = batch.store(transfer.body.span.bytes)
      batch.append(
        .response(transfer.connection, request: transfer.number, status: transfer.status, body: body, at: now()))
      if let throttling = transfer.throttling { tell(throttling) }
    } else {
      sockets.first { $0.handle?.pointer == handle }?.connected(result)
    }
  }

  /// Tells what ended, and lets go of what is gone.
  private func publish(into batch: inout InputBatch, _ outcomes: inout [NetworkOutcome]) {
    outcomes += failures
    failures.removeAll()
    var isAnyGone = false
    for socket in sockets {
      if let end = socket.takeEnd() {
        if case .closed(_, _, let reason) = end {
          let text = batch.store(reason.utf8Span.span.bytes)
          batch.append(.disconnected(socket.id, reason: text, at: now()))
        }
        if case .failed(_, let failure) = end, failure.stage == .tls {
          contexts.forget(file: socket.request.certificateFile)
        }
        outcomes.append(end)
        if current[socket.id] === socket { current[socket.id] = nil }
      }
      if socket.isGone { isAnyGone = true }
    }
    if isAnyGone { sockets.removeAll(where: \.isGone) }
  }

  /// How long nothing is due.
  private func untilDue() -> Duration {
    if sockets.contains(where: \.isReadable) { return .zero }
    guard let due = sockets.lazy.compactMap(\.deadline).min() else { return .seconds(3_600) }
    return max(.zero, due - ContinuousClock.now)
  }
}

extension InputBatch {
  /// Whether what has not been received yet had better stay in the sockets.
  var isFull: Bool { events.count >= InputBatch.usualCount || bytes.byteCount >= 1 << 20 }
}

extension Timestamp {
  /// The system's wall clock.
  package static var systemClock: Timestamp { Timestamp(microseconds: WallClock.microseconds) }
}
