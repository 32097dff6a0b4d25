import CAllocationCounter
import Glibc

/// The memory of this process that is in use, as the kernel tells.
enum ProcessMemory {
  /// In bytes.
  static var resident: Int { kibibytes("VmRSS:") << 10 }

  /// The most there was since `resetPeak`, in bytes.
  static var peak: Int { kibibytes("VmHWM:") << 10 }

  /// Gives back first what an earlier benchmark has left.
  static func resetPeak() {
    malloc_trim(0)
    guard let file = fopen("/proc/self/clear_refs", "w") else { return }
    fputs("5", file)
    fclose(file)
  }

  private static func kibibytes(_ key: String) -> Int {
    guard let file = fopen("/proc/self/status", "r") else { return 0 }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 256)
    while fgets(&line, Int32(line.count), file) != nil {
      let text = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
      guard text.hasPrefix(key) else { continue }
      return text.split { !$0.isNumber }.first.flatMap { Int($0) } ?? 0
    }
    return 0
  }
}
