import Foundation

/// A program that is run to its end on the way of a command.
struct ToolRun {
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  let executable: String

  /// Found where the shell would find it; nil where it would not.
  init?(named name: String) {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init)
    let places = folders.map { "\($0)/\(name)" }
    guard let found = places.first(where: { FileManager.default.isExecutableFile(atPath: $0) }) else { return nil }
    executable = found
  }

  init(executable: String) { self.executable = executable }

  /// What it prints goes to standard error as it comes. Whether it ended well.
  func succeeds(_ arguments: [String]) throws -> Bool {
    let process = try start(arguments, output: FileHandle.standardError)
    process.waitUntilExit()
    return process.terminationStatus == 0
  }

  /// What it prints, where it ends well; nil where it does not.
  func output(_ arguments: [String]) throws -> Data? {
    let pipe = Pipe()
    let process = try start(arguments, output: pipe)
    let data = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return process.terminationStatus == 0 ? data : nil
  }

  private func start(_ arguments: [String], output: Any) throws -> Process {
    let process = Process()
    process.executableURL = URL(filePath: executable)
    process.arguments = arguments
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    do {
      try process.run()
    } catch {
      throw Failure(description: "cannot run \(executable): \(error.localizedDescription)")
    }
    return process
  }
}
