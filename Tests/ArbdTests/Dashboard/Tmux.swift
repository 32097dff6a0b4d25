import Foundation
import Glibc
import Testing

/// A shell in a terminal that nobody sees: a session of tmux with a server of its own, ended with its owner.
final class Tmux: Sendable {
  /// Nil where it is not installed.
  static let program = ["/usr/bin/tmux", "/usr/local/bin/tmux", "/opt/homebrew/bin/tmux"].first {
    FileManager.default.isExecutableFile(atPath: $0)
  }

  private let daemon: Daemon
  private let program: String

  /// The shell's prompt, which nothing else says.
  static let prompt = "shell>"

  init(_ daemon: Daemon, columns: Int = 120, lines: Int = 40, environment: [String: String] = [:]) throws {
    self.daemon = daemon
    program = try #require(Tmux.program)
    var variables = ["LC_ALL": "C.UTF-8", "PS1": Tmux.prompt, "XDG_STATE_HOME": daemon.path("state")]
    variables.merge(environment) { $1 }
    let binary = try #require(Daemon.binary, "arbd is not built")
    variables["ARBD"] = binary.path
    let settings = variables.sorted { $0.key < $1.key }.map { "\($0.key)='\($0.value)'" }.joined(separator: " ")
    try run(
      "-f", "/dev/null", "new-session", "-d", "-x", "\(columns)", "-y", "\(lines)", "-c", daemon.folder.path,
      "exec env -u NO_COLOR SWIFT_BACKTRACE=enable=no \(settings) sh")
  }

  deinit { _ = try? run("kill-server") }

  /// Gives what it says. Not by way of `Process`, which waits for a server that a client leaves behind.
  @discardableResult
  func run(_ arguments: String...) throws -> String {
    let output = daemon.path("output-\(UUID().uuidString)")
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output, O_WRONLY | O_CREAT, 0o600)
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0)
    // A server lives on, and would hold the ends of other tests' pipes.
    for name in try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd") {
      if let number = Int32(name), number > STDERR_FILENO { posix_spawn_file_actions_addclose(&actions, number) }
    }
    // Threads of Swift's pool block signals, and what they start would too.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var (none, all) = (sigset_t(), sigset_t())
    sigemptyset(&none)
    sigfillset(&all)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
    let command = [program, "-S", daemon.path("tmux")] + arguments
    var pointers: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) } + [nil]
    defer { for pointer in pointers { free(pointer) } }
    var process = pid_t()
    try #require(posix_spawn(&process, program, &actions, &attributes, &pointers, environ) == 0)
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0, errno == EINTR {}
    return (try? String(contentsOfFile: output, encoding: .utf8)) ?? ""
  }

  func type(_ keys: String...) throws {
    for key in keys { try run("send-keys", key) }
  }

  /// A line for the shell.
  func enter(_ line: String) throws {
    try run("send-keys", "-l", line)
    try run("send-keys", "Enter")
  }

  func resize(_ columns: Int, _ lines: Int) throws {
    try run("resize-window", "-x", "\(columns)", "-y", "\(lines)")
  }

  /// What stands on the screen.
  var screen: String { get throws { try run("capture-pane", "-p") } }

  /// The same with colours, as escapes.
  var colored: String { get throws { try run("capture-pane", "-p", "-e") } }

  /// Whether a program has a screen of its own, as one has that uses the whole terminal.
  var isFullScreen: Bool {
    get throws { try run("display-message", "-p", "#{alternate_on}").hasPrefix("1") }
  }

  var showsCursor: Bool { get throws { try run("display-message", "-p", "#{cursor_flag}").hasPrefix("1") } }

  /// Waits until the screen is as wanted, and gives it.
  @discardableResult
  func wait(_ what: String, until isTrue: (String) throws -> Bool) async throws -> String {
    let deadline = ContinuousClock.now + Daemon.patience
    while true {
      let screen = try screen
      if try isTrue(screen) { return screen }
      guard ContinuousClock.now < deadline else {
        Issue.record("waited \(Daemon.patience) for \(what); the screen is\n\(screen)")
        throw CancellationError()
      }
      try await Task.sleep(for: .milliseconds(20))
    }
  }

  @discardableResult
  func wait(for text: String) async throws -> String { try await wait("\"\(text)\"") { $0.contains(text) } }

  /// The shell has the terminal again, as it was.
  func waitForShell() async throws {
    try await wait("the shell") { try $0.contains(Tmux.prompt) && !isFullScreen }
    #expect(try showsCursor)
  }

  /// How the terminal is set, as `stty -g` says it; by way of a file, since lines of a terminal break.
  func settings() async throws -> String {
    let name = "stty-\(UUID().uuidString)"
    try enter("stty -g > \(name); echo wri''tten")
    try await wait(for: "written")
    return String(decoding: try daemon.content(name), as: UTF8.self)
  }
}
