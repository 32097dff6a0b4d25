import Foundation

/// The program `kcat`, where it is installed.
public enum Kcat {
  private static let path = ["/usr/bin/kcat", "/usr/bin/kafkacat", "/usr/local/bin/kcat"].first {
    FileManager.default.isExecutableFile(atPath: $0)
  }

  public static var isThere: Bool { path != nil }

  /// The lines that it prints. `input`: its standard input.
  public static func run(_ arguments: [String], input: String = "") throws -> [String] {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path ?? "")
    process.arguments = arguments
    let (output, feed) = (Pipe(), Pipe())
    process.standardOutput = output
    process.standardInput = feed
    try process.run()
    try feed.fileHandleForWriting.write(contentsOf: Data(input.utf8))
    try feed.fileHandleForWriting.close()
    let data = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
  }
}
