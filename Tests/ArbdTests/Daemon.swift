import Foundation
import Synchronization
import Testing

/// The built `arbd`, run as a process in a folder of its own, which goes away at the end.
final class Daemon: Sendable {
  let folder: URL

  /// How long a test waits for anything before it fails.
  static let patience = Duration.seconds(60)

  static let project = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  init() throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("arbd-tests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  // MARK: Files

  func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

  @discardableResult
  func file(_ name: String, _ content: String) throws -> String {
    try Data(content.utf8).write(to: folder.appendingPathComponent(name))
    return path(name)
  }

  func content(_ name: String) throws -> Data { try Data(contentsOf: folder.appendingPathComponent(name)) }

  func lines(_ name: String) throws -> [String] {
    String(decoding: try content(name), as: UTF8.self).split(separator: "\n").map(String.init)
  }

  func json(_ name: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: content(name)) as? [String: Any])
  }

  /// The replay that comes with arbd, as fast as it goes, to these sinks: five alerts of `btc`, two of `triangle`.
  func replay(into sinks: [[String: String]]) throws {
    let file = Daemon.project.appendingPathComponent("Configs/replay.json")
    var configuration = try #require(
      JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any])
    var sources = try #require(configuration["sources"] as? [[String: Any]])
    sources[0]["speed"] = "max"
    sources[0]["path"] = Daemon.project.appendingPathComponent("Configs/quickstart.capture.jsonl").path
    configuration["sources"] = sources
    configuration["sinks"] = sinks
    try JSONSerialization.data(withJSONObject: configuration)
      .write(to: folder.appendingPathComponent("config.json"))
  }

  // MARK: Runs

  /// The binary lies beside the test bundle.
  static let binary: URL? = {
    let argument = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
    let places = [
      argument.deletingLastPathComponent(), Bundle.main.bundleURL,
      project.appendingPathComponent(".build/debug"),
    ]
    return places.map { $0.appendingPathComponent("arbd") }
      .first { FileManager.default.isExecutableFile(atPath: $0.path) }
  }()

  /// Runs to the end and gives what came of it.
  func run(_ arguments: String..., input: Data? = nil) async throws -> Invocation.Result {
    try await start(arguments, input: input).result()
  }

  /// Runs a shell command in the folder; `$ARBD` is the binary.
  func shell(_ command: String) async throws -> Invocation.Result {
    try await startShell(command).result()
  }

  func startShell(_ command: String) throws -> Invocation {
    let binary = try #require(Daemon.binary)
    return try start(URL(fileURLWithPath: "/bin/sh"), ["-c", command], environment: ["ARBD": binary.path])
  }

  func start(_ arguments: [String], input: Data? = nil) throws -> Invocation {
    try start(try #require(Daemon.binary, "arbd is not built"), arguments, input: input)
  }

  private func start(
    _ executable: URL, _ arguments: [String], input: Data? = nil, environment: [String: String] = [:]
  ) throws -> Invocation {
    let process = Process()
    process.executableURL = executable
    process.arguments = arguments
    process.currentDirectoryURL = folder
    // What outlives a daemon stays in the folder too.
    var variables = ProcessInfo.processInfo.environment
    variables["XDG_STATE_HOME"] = path("state")
    process.environment = variables.merging(environment) { $1 }
    return try Invocation(process, input: input)
  }
}

/// A process that was started.
final class Invocation: @unchecked Sendable {
  struct Result {
    let status: Int32
    /// Nil when the process ended of itself.
    let signal: Int32?
    let output: Data
    let errors: String

    var text: String { String(decoding: output, as: UTF8.self) }
  }

  private let process: Process
  private let output: Collected
  private let errors: Collected
  private let ended = Mutex(false)

  init(_ process: Process, input: Data?) throws {
    self.process = process
    let (outputPipe, errorPipe, inputPipe) = (Pipe(), Pipe(), Pipe())
    process.standardOutput = outputPipe
    process.standardError = errorPipe
    process.standardInput = input == nil ? FileHandle.nullDevice : inputPipe
    output = Collected(outputPipe)
    errors = Collected(errorPipe)
    try process.run()
    if let input {
      Thread.detachNewThread {
        try? inputPipe.fileHandleForWriting.write(contentsOf: input)
        try? inputPipe.fileHandleForWriting.close()
      }
    }
  }

  deinit { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }

  var outputSoFar: String { output.text }
  var errorsSoFar: String { errors.text }

  func send(_ signal: Int32) { kill(process.processIdentifier, signal) }

  var isRunning: Bool { process.isRunning }

  /// Waits for the end; past the deadline the process is killed and the test fails.
  func result() async throws -> Result {
    try await wait("the end of arbd") { !process.isRunning && output.isComplete && errors.isComplete }
    let wasKilled = process.terminationReason == .uncaughtSignal
    return Result(
      status: process.terminationStatus, signal: wasKilled ? process.terminationStatus : nil,
      output: output.data,
      errors: errors.text)
  }

  /// Waits for a condition, with a deadline.
  func wait(_ what: String, until isTrue: () throws -> Bool) async throws {
    let deadline = ContinuousClock.now + Daemon.patience
    while try !isTrue() {
      guard ContinuousClock.now < deadline else {
        kill(process.processIdentifier, SIGKILL)
        Issue.record("waited \(Daemon.patience) for \(what); it said: \(errors.text)")
        throw CancellationError()
      }
      try await Task.sleep(for: .milliseconds(5))
    }
  }
}

/// Reads a pipe to its end on a thread of its own.
private final class Collected: Sendable {
  private let state = Mutex<(data: Data, isComplete: Bool)>((Data(), false))

  init(_ pipe: Pipe) {
    Thread.detachNewThread { [self] in
      while true {
        let part = pipe.fileHandleForReading.availableData
        if part.isEmpty { return state.withLock { $0.isComplete = true } }
        state.withLock { $0.data.append(part) }
      }
    }
  }

  var data: Data { state.withLock { $0.data } }
  var text: String { String(decoding: data, as: UTF8.self) }
  var isComplete: Bool { state.withLock { $0.isComplete } }
}
