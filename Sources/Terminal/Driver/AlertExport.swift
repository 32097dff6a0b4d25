internal import ArbdFramework
internal import Glibc

/// Writes the alerts in view into a file of the working folder.
enum AlertExport {
  /// Never over a file that is there. Returns what to say to the person: the file's name, or what failed.
  static func write(_ alerts: [AlertRow], at time: Int64) -> String {
    guard !alerts.isEmpty else { return "No alerts in view, nothing exported." }
    let digits = Timestamp(microseconds: time).description.prefix(19).filter(\.isNumber)
    var name = "arbd-alerts-\(digits.prefix(8))-\(digits.suffix(6)).csv"
    var descriptor = create(name)
    for number in 2..<100 where descriptor < 0 && errno == EEXIST {
      name = "arbd-alerts-\(digits.prefix(8))-\(digits.suffix(6))-\(number).csv"
      descriptor = create(name)
    }
    guard descriptor >= 0 else { return "Cannot write \(name): \(String(cString: strerror(errno)))" }
    defer { close(descriptor) }
    let text = Array((AlertCSV.heading + alerts.map(AlertCSV.line).joined()).utf8)
    var written = 0
    while written < text.count {
      let count = text[written...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return "Cannot write \(name): \(String(cString: strerror(errno)))" }
      written += count
    }
    return "\(alerts.count) alerts written to \(name)"
  }

  private static func create(_ name: String) -> Int32 { open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644) }
}
