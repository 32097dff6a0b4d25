internal import Foundation
internal import Glibc
package import Logging

/// Shows lines to whoever connects to a Unix socket: first all that there is, then what is new. A viewer that does not read
/// is disconnected, never waited for.
///
/// Unchecked: everything mutable is guarded by `state`; the listener is its thread's.
package final class ControlServer: @unchecked Sendable {
  /// What may wait for one viewer, in bytes.
  static let mostPending = 8 << 20
  static let mostViewers = 32

  private final class Viewer {
    let socket: UnixSocket
    /// It has been given all that there is.
    var isGreeted = false
    var pending: [UInt8] = []
    /// How much of `pending` is on its way.
    var sent = 0

    init(_ socket: consuming UnixSocket) { self.socket = socket }

    /// False when the other end is gone.
    func flush() -> Bool {
      while sent < pending.count {
        let count = pending.withUnsafeBytes {
          send(socket.descriptor, $0.baseAddress.map { $0 + sent }, $0.count - sent, Int32(MSG_NOSIGNAL))
        }
        if count < 0 {
          let isPassing = errno == EAGAIN || errno == EINTR
          // Who always lags a little must not make it grow.
          if sent > 1 << 20 {
            pending.removeFirst(sent)
            sent = 0
          }
          return isPassing
        }
        sent += count
      }
      pending.removeAll(keepingCapacity: pending.count < 1 << 16)
      sent = 0
      return true
    }

    /// What it says is of no interest; that it says nothing more is.
    func isOver() -> Bool {
      var ignored = [UInt8](repeating: 0, count: 1_024)
      let count = recv(socket.descriptor, &ignored, ignored.count, 0)
      return count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)
    }
  }

  private struct State {
    var viewers: [Viewer] = []
    var isStopping = false
    var hasStarted = false
  }

  package let path: String
  private let logger: Logger
  private let listener: UnixSocket
  private let wakeReader: Int32
  private let wakeWriter: Int32
  private let lock = NSLock()
  private var state = State()
  private let hasEnded = DispatchSemaphore(value: 0)
  private let onViewers: @Sendable (_ areThere: Bool) -> Void

  /// Listens from now on; viewers are let in from `start` on. `onViewers`: told on the server's thread when there are
  /// some, and when there are none any more.
  package init(
    path: String, logger: Logger, onViewers: @escaping @Sendable (_ areThere: Bool) -> Void = { _ in }
  ) throws(ControlError) {
    self.onViewers = onViewers
    var pipe: [Int32] = [-1, -1]
    guard Glibc.pipe(&pipe) == 0 else { throw ControlError(path, "no pipe", errno) }
    for end in pipe {
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
    }
    (wakeReader, wakeWriter) = (pipe[0], pipe[1])
    self.path = path
    self.logger = logger
    do throws(ControlError) {
      listener = try UnixSocket.listening(at: path)
    } catch {
      close(pipe[0])
      close(pipe[1])
      throw error
    }
    listener.setNonblocking()
  }

  deinit {
    close(wakeReader)
    close(wakeWriter)
  }

  package func start() {
    lock.withLock { state.hasStarted = true }
    let thread = Thread { self.serve() }
    thread.name = "arbd control"
    thread.start()
  }

  package var hasViewers: Bool { lock.withLock { !state.viewers.isEmpty } }

  /// Gives whole lines to everybody: `update` to who has been there before, and `all`, which contains it, to the others.
  package func publish(_ update: [UInt8], all: () -> [UInt8]) {
    let hasNew = lock.withLock { state.viewers.contains { !$0.isGreeted } }
    let greeting = hasNew ? all() : []
    lock.withLock {
      for viewer in state.viewers {
        if viewer.isGreeted {
          viewer.pending += update
        } else if hasNew {
          viewer.pending += greeting
          viewer.isGreeted = true
        }
      }
    }
    wake()
  }

  /// Says what is left to say to those who listen, lets go of everybody and removes the socket.
  package func stop() {
    let hasStarted = lock.withLock {
      state.isStopping = true
      return state.hasStarted
    }
    wake()
    if hasStarted { hasEnded.wait() }
    unlink(path)
  }

  private func wake() { _ = write(wakeWriter, [1], 1) }

  // MARK: The thread

  private func serve() {
    var isFull = false
    var hadViewers = false
    while true {
      if hasViewers != hadViewers {
        hadViewers.toggle()
        onViewers(hadViewers)
      }
      let (isStopping, viewers) = lock.withLock { (state.isStopping, state.viewers) }
      if isStopping { break }
      var interests = [pollfd(fd: wakeReader, events: Int16(POLLIN), revents: 0)]
      interests += viewers.map { viewer in
        let waits = lock.withLock { !viewer.pending.isEmpty }
        return pollfd(fd: viewer.socket.descriptor, events: Int16(POLLIN | (waits ? POLLOUT : 0)), revents: 0)
      }
      // Without a descriptor to spare, whoever knocks has to wait, and we must not go round in circles.
      if !isFull { interests.append(pollfd(fd: listener.descriptor, events: Int16(POLLIN), revents: 0)) }
      poll(&interests, nfds_t(interests.count), isFull ? 100 : -1)
      drainWakes()
      for (place, viewer) in viewers.enumerated() { serve(viewer, interests[place + 1].revents) }
      isFull = !admit()
    }
    lock.withLock {
      for viewer in state.viewers { _ = viewer.flush() }
      state.viewers = []
    }
    hasEnded.signal()
  }

  private func serve(_ viewer: Viewer, _ events: Int16) {
    let hasSaid = Int32(events) & (POLLIN | POLLHUP | POLLERR) != 0
    let reason: String? = lock.withLock {
      if hasSaid, viewer.isOver() { return "" }
      if !viewer.flush() { return "" }
      return viewer.pending.count - viewer.sent > ControlServer.mostPending ? "it does not keep up" : nil
    }
    guard let reason else { return }
    if !reason.isEmpty { logger.warning("control: a viewer is disconnected: \(reason)") }
    lock.withLock { state.viewers.removeAll { $0 === viewer } }
  }

  /// False when the system has no more descriptors.
  private func admit() -> Bool {
    while true {
      let newcomer: Viewer
      switch listener.accept() {
      case .connection(let socket): newcomer = Viewer(socket)
      case .nobody: return true
      case .noRoom: return false
      }
      let isWelcome = lock.withLock {
        guard state.viewers.count < ControlServer.mostViewers else { return false }
        state.viewers.append(newcomer)
        return true
      }
      if !isWelcome { logger.warning("control: more than \(ControlServer.mostViewers) viewers; one was sent away") }
    }
  }

  private func drainWakes() {
    var bytes = [UInt8](repeating: 0, count: 64)
    while read(wakeReader, &bytes, bytes.count) > 0 {}
  }
}

extension ControlServer {
  /// Why a server could not listen there now; nil where one could. Makes nothing.
  package static func obstacle(at path: String) -> String? { UnixSocket.obstacle(at: path)?.reason }
}
