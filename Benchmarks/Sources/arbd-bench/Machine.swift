import Foundation

/// Where it was measured.
enum Machine {
  static var description: String {
    let date = Date().formatted(.iso8601.year().month().day())
    let load = (try? String(contentsOfFile: "/proc/loadavg", encoding: .utf8))?.prefix { $0 != " " } ?? "?"
    return "\(processor), \(ProcessInfo.processInfo.activeProcessorCount) cores, load \(load), \(date)"
  }

  private static var processor: String {
    let lines = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8))?.split(separator: "\n") ?? []
    let name = lines.first { $0.hasPrefix("model name") }?.split(separator: ":").last ?? "unknown processor"
    return name.trimmingCharacters(in: .whitespaces)
  }
}
