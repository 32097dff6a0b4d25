import Foundation

/// A file without a name: however the program ends, the file is gone.
final class TemporaryFile {
  private let handle: FileHandle

  /// Opens it anew, while this object lives.
  var path: String { "/proc/self/fd/\(handle.fileDescriptor)" }

  init() throws {
    let name = FileManager.default.temporaryDirectory.appendingPathComponent("arbd-bench-\(UUID().uuidString)")
    try Data().write(to: name)
    handle = try FileHandle(forUpdating: name)
    try FileManager.default.removeItem(at: name)
  }

  /// Writes what `line` appends, `count` times, each on a line of its own.
  func writeLines(_ count: Int, _ line: (Int, inout [UInt8]) -> Void) throws {
    var block: [UInt8] = []
    for number in 0..<count {
      line(number, &block)
      block.append(UInt8(ascii: "\n"))
      if block.count > 1 << 20 || number == count - 1 {
        try handle.write(contentsOf: block)
        block.removeAll(keepingCapacity: true)
      }
    }
  }

  /// Reads it once, in blocks, and counts line ends: what any reader of lines must do.
  func countLines() throws -> Int {
    guard let file = FileHandle(forReadingAtPath: path) else { return 0 }
    var block = [UInt8](repeating: 0, count: 1 << 18)
    var lines = 0
    while true {
      let count = block.withUnsafeMutableBytes { read(file.fileDescriptor, $0.baseAddress, $0.count) }
      guard count > 0 else { return lines }
      block.withUnsafeBytes { bytes in
        var rest = bytes[..<count]
        while let start = UnsafeRawBufferPointer(rebasing: rest).baseAddress,
          let found = memchr(start, 0x0A, rest.count)
        {
          lines += 1
          rest = rest.dropFirst(UnsafeRawPointer(found) - start + 1)
        }
      }
    }
  }
}
