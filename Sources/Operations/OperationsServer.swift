package import ArbdFramework
internal import FlyingSocks
internal import Foundation
package import Logging
internal import Synchronization

/// Serves pages over HTTP/1.1, one request for each connection. At most so many connections at a time, each with so much
/// time and so long a head: whoever asks for more, or for nonsense, costs no more than that.
package final class OperationsServer: Sendable {
  /// Connections at a time; others wait until the system accepts them.
  static let mostConnections = 32
  /// For a request and its answer together.
  static let patience = Duration.seconds(5)
  /// What is read of a body, or of requests that nobody answers, so that the answer is not lost over them.
  private static let mostIgnoredBytes = 65_536

  package let address: ListenAddress
  private let listener: Socket
  private let logger: Logger
  private let answer: @Sendable (_ path: String) -> Reply
  private let task = Mutex<Task<Void, Never>?>(nil)

  /// Takes the address, from now on connections are accepted; they are answered from `start` on.
  package init(
    _ address: ListenAddress, logger: Logger, answer: @escaping @Sendable (_ path: String) -> Reply
  ) throws(ListenError) {
    (listener, self.address) = try OperationsServer.listen(address)
    self.logger = logger
    self.answer = answer
  }

  package func start() {
    task.withLock { task in
      if task == nil { task = Task { await self.run() } }
    }
  }

  /// Ends at once: no more connections, and those that there are end too. Waits for none of it.
  package func stop() {
    let running = task.withLock { $0 }
    if let running { running.cancel() } else { try? listener.close() }
  }

  // MARK: Listening

  private static func listen(_ address: ListenAddress) throws(ListenError) -> (Socket, ListenAddress) {
    do {
      switch address.host {
      case .ip4:
        let text = String(address.description.prefix { $0 != ":" })
        return try listen(address, sockaddr_in.inet(ip4: text, port: address.port))
      case .ip6(let text):
        return try listen(address, sockaddr_in6.inet6(ip6: text, port: address.port))
      }
    } catch {
      throw ListenError(address: address, error)
    }
  }

  private static func listen(
    _ address: ListenAddress, _ place: some SocketAddress
  ) throws -> (Socket, ListenAddress) {
    let socket = try Socket(domain: Int32(place.family))
    do {
      // A port that was just given up may be taken again; one that somebody listens on may not.
      try socket.setValue(true, for: .localAddressReuse)
      try socket.bind(to: place)
      try socket.listen()
      var taken = address
      switch try socket.sockname() {
      case .ip4(_, let port), .ip6(_, let port): taken = ListenAddress(address.host, port: port)
      case .unix: break
      }
      return (socket, taken)
    } catch {
      try? socket.close()
      throw error
    }
  }

  // MARK: Serving

  private func run() async {
    defer { try? listener.close() }
    let pool = HTTPSocketPool.make()
    do {
      try await pool.prepare()
      let socket = try AsyncSocket(socket: listener, pool: pool)
      await withTaskGroup(of: Void.self) { group in
        group.addTask { try? await pool.run() }
        group.addTask { await self.accept(on: socket) }
        await group.next()
        group.cancelAll()
      }
    } catch {
      logger.error("operations: \(error)")
    }
    if !Task.isCancelled { logger.error("operations: no longer served at http://\(address)") }
  }

  private func accept(on socket: AsyncSocket) async {
    await withTaskGroup(of: Void.self) { connections in
      var open = 0
      while !Task.isCancelled {
        if open == OperationsServer.mostConnections {
          await connections.next()
          open -= 1
        }
        do {
          let connection = try await socket.accept()
          open += 1
          connections.addTask { await self.serve(connection) }
        } catch {
          // Nothing that a peer does, and no lack of descriptors, ends the serving; but do not go round in circles.
          try? await Task.sleep(for: .milliseconds(50))
        }
      }
      connections.cancelAll()
    }
  }

  private func serve(_ socket: AsyncSocket) async {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { try? await self.converse(socket) }
      group.addTask { try? await Task.sleep(for: OperationsServer.patience) }
      await group.next()
      group.cancelAll()
    }
    try? socket.close()
  }

  private func converse(_ socket: AsyncSocket) async throws {
    var bytes: [UInt8] = []
    var reading = RequestHead.Reading.incomplete
    while reading == .incomplete {
      let searched = bytes.count
      bytes += try await socket.read(atMost: RequestHead.mostBytes)
      reading = RequestHead.read(bytes, from: searched)
    }
    try await socket.write(Data(reply(to: reading)))
    // With something unread a close would be a reset, which may overtake the answer.
    guard shutdown(socket.socket.file.rawValue, Int32(SHUT_WR)) == 0 else { return }
    var ignored = 0
    while ignored < OperationsServer.mostIgnoredBytes {
      ignored += try await socket.read(atMost: RequestHead.mostBytes).count
    }
  }

  private func reply(to reading: RequestHead.Reading) -> [UInt8] {
    switch reading {
    case .complete(let head) where head.method == "GET": answer(head.path).bytes()
    case .complete(let head) where head.method == "HEAD": answer(head.path).bytes(withBody: false)
    case .complete: Reply(.methodNotAllowed, "only GET and HEAD\n").bytes()
    case .tooLarge: Reply(.headTooLarge, "the request's head is larger than \(RequestHead.mostBytes) bytes\n").bytes()
    case .incomplete, .malformed: Reply(.badRequest, "this is no HTTP/1 request\n").bytes()
    }
  }
}

/// FlyingFox's waiting for sockets.
private enum HTTPSocketPool {
  static func make() -> some AsyncSocketPool { SocketPool.ePoll() }
}

/// Why an address cannot be listened on.
package struct ListenError: Error, CustomStringConvertible {
  package let address: ListenAddress
  package let reason: String

  init(address: ListenAddress, _ error: any Error) {
    self.address = address
    reason =
      switch error {
      case SocketError.failed(_, let number, _): String(cString: strerror(number))
      default: "\(error)"
      }
  }

  package var description: String { "http: cannot listen on \(address): \(reason)" }
}
