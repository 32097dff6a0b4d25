internal import CProcess
internal import Glibc

/// A program that was started, with its three pipes. Owns both.
///
/// It stands in a process group together with what it starts itself and with a keeper: a shell that waits on a pipe from
/// us. When that pipe closes, because we are done or because we were killed, the keeper ends the whole group.
///
/// Unchecked: one thread at a time uses it.
public final class ChildProcess: @unchecked Sendable {
  /// How it came to its end.
  public enum Ending: Sendable, Equatable {
    case exited(Int)
    case signalled(Int)

    public var isSuccess: Bool { self == .exited(0) }
  }

  /// What there is to do after waiting.
  public struct Readiness: Sendable {
    /// Its standard input takes something.
    public var input = false
    /// There is something on its standard output and error, or their end.
    public var output = false
    public var log = false
    public var hasExited = false

    public var isNone: Bool { !input && !output && !log && !hasExited }
  }

  private let process: pid_t
  private let keeper: pid_t
  /// Readable once the process has ended; nil where the system has nothing of the kind.
  private let exitWatch: Descriptor?
  private let lifeline: Descriptor
  private var input: Descriptor?
  private var output: Descriptor?
  private var log: Descriptor?
  private var ending: Ending?
  private var isEnded = false

  /// Starts `command`, found as a shell would. `environment` is added to ours.
  public init(command: [String], environment: [String: String] = [:]) throws(ProcessError) {
    guard let name = command.first else { throw ProcessError("no command") }
    let path = try Executable.path(of: name)
    // Whoever writes to a program that has gone gets an error, not a signal.
    _ = Executable.ignoreBrokenPipes
    let variables = Executable.environment(adding: environment)
    let (input, output, log, lifeline) = (try Pipe(), try Pipe(), try Pipe(), try Pipe())
    let null = try Descriptor(opening: "/dev/null")
    keeper = try Executable.spawn(
      "/bin/sh", ["sh", "-c", ChildProcess.keeperScript, "arbd-keeper"], variables, group: 0,
      (lifeline.reading.number, null.number, null.number))
    do {
      process = try Executable.spawn(
        path, command, variables, group: keeper,
        (input.reading.number, output.writing.number, log.writing.number))
    } catch {
      _ = kill(-keeper, SIGKILL)
      Executable.reap(keeper)
      throw ProcessError("cannot start \(name.isEmpty ? "\"\"" : name): \(error.reason)")
    }
    // The child's ends stay open until it has them.
    withExtendedLifetime((input, output, log, lifeline, null)) {}
    let watch = arbd_pidfd_open(process)
    exitWatch = watch >= 0 ? Descriptor(watch) : nil
    self.lifeline = lifeline.writing
    (self.input, self.output, self.log) = (input.writing, output.reading, log.reading)
    for pipe in [input.writing, output.reading, log.reading] { pipe.stopBlocking() }
  }

  deinit { _ = end(grace: .zero) }

  /// Ignores the signal that it sends to all, and then sends the one that nobody can ignore. `kill 0` is the own group.
  private static let keeperScript = "trap '' TERM HUP INT; read line; kill -TERM 0; sleep 2; kill -KILL 0"

  // MARK: Pipes

  /// Waits until there is something to do; `wantsInput`: whether room in its standard input is.
  public func wait(forInput wantsInput: Bool = false, atMost limit: Duration) -> Readiness {
    let milliseconds = Int32(clamping: max(0, Int64((limit / .milliseconds(1)).rounded(.up))))
    let watched = [wantsInput ? input : nil, output, log, ending == nil ? exitWatch : nil]
    var entries = watched.enumerated().map { place, descriptor in
      pollfd(fd: descriptor?.number ?? -1, events: Int16(place == 0 ? POLLOUT : POLLIN), revents: 0)
    }
    guard Glibc.poll(&entries, nfds_t(entries.count), milliseconds) > 0 else { return Readiness() }
    return Readiness(
      input: entries[0].revents != 0, output: entries[1].revents != 0, log: entries[2].revents != 0,
      hasExited: exitWatch == nil ? poll() != nil : entries[3].revents != 0)
  }

  /// What is on its standard output, into `buffer` from an offset on: 0 at its end, nil when there is nothing now.
  public func readOutput(_ buffer: inout [UInt8], from offset: Int) -> Int? { read(&output, &buffer, from: offset) }

  /// The same for its standard error.
  public func readLog(_ buffer: inout [UInt8], from offset: Int) -> Int? { read(&log, &buffer, from: offset) }

  private func read(_ pipe: inout Descriptor?, _ buffer: inout [UInt8], from offset: Int) -> Int? {
    guard let descriptor = pipe else { return 0 }
    let count = buffer.withUnsafeMutableBytes { bytes -> Int in
      let room = UnsafeMutableRawBufferPointer(rebasing: bytes[offset...])
      return Glibc.read(descriptor.number, room.baseAddress, room.count)
    }
    if count < 0, errno == EAGAIN || errno == EINTR { return nil }
    // An end that is watched would be ready for ever.
    if count <= 0 { pipe = nil }
    return max(0, count)
  }

  /// Gives how many bytes its standard input took; nil when it takes no more at all.
  public func write(_ bytes: ArraySlice<UInt8>) -> Int? {
    guard let input else { return nil }
    let count = bytes.withUnsafeBytes { Glibc.write(input.number, $0.baseAddress, $0.count) }
    if count >= 0 { return count }
    return errno == EAGAIN || errno == EINTR ? 0 : nil
  }

  /// Nothing more comes: its standard input ends.
  public func closeInput() { input = nil }

  // MARK: The end

  /// How it ended; nil while it runs.
  public func poll() -> Ending? {
    if let ending { return ending }
    var status: Int32 = 0
    let result = waitpid(process, &status, WNOHANG)
    if result == 0 { return nil }
    // Where somebody else has asked for it, nobody knows how it ended.
    ending = result == process ? Ending(status: status) : .exited(-1)
    return ending
  }

  /// Waits for its end, no longer than that.
  public func waitForEnd(atMost limit: Duration) -> Ending? {
    let deadline = ContinuousClock.now + limit
    while poll() == nil {
      let rest = deadline - .now
      guard rest > .zero else { return nil }
      var entry = pollfd(fd: exitWatch?.number ?? -1, events: Int16(POLLIN), revents: 0)
      let time = exitWatch == nil ? min(rest, .milliseconds(20)) : rest
      _ = Glibc.poll(&entry, 1, Int32(clamping: Int64((time / .milliseconds(1)).rounded(.up))))
    }
    return ending
  }

  /// How long one that was killed may take to be gone. Who may not be killed by us, or sleeps in the kernel, stays.
  private static let patience = Duration.seconds(1)

  /// Ends it and everything in its group: asks with SIGTERM, and after `grace` no longer asks. It may have left the group.
  @discardableResult
  public func end(grace: Duration) -> Ending {
    if isEnded { return ending ?? .signalled(Int(SIGKILL)) }
    isEnded = true
    closeInput()
    if poll() == nil, grace > .zero {
      signalAll(SIGTERM)
      _ = waitForEnd(atMost: grace)
    }
    signalAll(SIGKILL)
    if ending == nil { _ = waitForEnd(atMost: ChildProcess.patience) }
    Executable.reap(keeper)
    (output, log) = (nil, nil)
    return ending ?? .signalled(Int(SIGKILL))
  }

  /// The number of the process is ours until it has been waited for.
  private func signalAll(_ signal: Int32) {
    _ = kill(-keeper, signal)
    if ending == nil { _ = kill(process, signal) }
  }
}

extension ChildProcess.Ending {
  init(status: Int32) {
    self =
      arbd_has_exited(status) != 0
      ? .exited(Int(arbd_exit_code(status))) : .signalled(Int(arbd_end_signal(status)))
  }
}

extension ChildProcess.Ending: CustomStringConvertible {
  public var description: String {
    switch self {
    case .exited(let code): "it ended with status \(code)"
    case .signalled(let signal): "it was ended by signal \(signal)"
    }
  }
}

/// Why a program does not run.
public struct ProcessError: Error, Sendable, Equatable, CustomStringConvertible {
  public let reason: String

  public init(_ reason: String) { self.reason = reason }

  public var description: String { reason }
}
