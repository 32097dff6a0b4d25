internal import Glibc

/// What the system says of this process.
package struct ProcessStatus: Sendable {
  package var residentBytes: UInt64
  package var cpuSeconds: Double
  /// Seconds since the Unix epoch.
  package var startTime: Double
  package var openFiles: UInt64

  package init(residentBytes: UInt64, cpuSeconds: Double, startTime: Double, openFiles: UInt64) {
    self.residentBytes = residentBytes
    self.cpuSeconds = cpuSeconds
    self.startTime = startTime
    self.openFiles = openFiles
  }

  /// Asks the system. `startTime`: what `now` gave when the program began.
  package static func current(startTime: Double) -> ProcessStatus {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    let times = [usage.ru_utime, usage.ru_stime]
    return ProcessStatus(
      residentBytes: residentBytes(),
      cpuSeconds: times.reduce(0) { $0 + Double($1.tv_sec) + Double($1.tv_usec) / 1e6 }, startTime: startTime,
      openFiles: openFiles())
  }

  /// Seconds since the Unix epoch.
  package static var now: Double {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  /// The second number of /proc/self/statm, in pages; 0 where that cannot be read.
  private static func residentBytes() -> UInt64 {
    guard let file = fopen("/proc/self/statm", "re") else { return 0 }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 256)
    guard fgets(&line, Int32(line.count), file) != nil else { return 0 }
    let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let numbers = text.split(separator: " ").compactMap { UInt64($0) }
    return numbers.count > 1 ? numbers[1] * UInt64(max(0, sysconf(Int32(_SC_PAGESIZE)))) : 0
  }

  private static func openFiles() -> UInt64 {
    guard let folder = opendir("/proc/self/fd") else { return 0 }
    defer { closedir(folder) }
    var count: UInt64 = 0
    while readdir(folder) != nil { count += 1 }
    // Itself, "." and "..".
    return count > 3 ? count - 3 : 0
  }
}
