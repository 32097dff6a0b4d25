internal import Foundation
internal import Glibc

/// A venue's last list of instruments on disk, as the venue sent it, for a start without network.
package struct InstrumentCache: Sendable {
  let folder: String

  /// A larger one is not read.
  static let maximumBytes = 128 << 20

  package init(folder: String) { self.folder = folder }

  private func path(of venue: String) -> String { "\(folder)/\(venue).instruments.json" }

  /// Nil when there is none that can be read.
  func list(of venue: String) -> [UInt8]? {
    let descriptor = open(path(of: venue), O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_size > 0, status.st_size <= InstrumentCache.maximumBytes else {
      return nil
    }
    var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
    var count = 0
    while count < bytes.count {
      let step = bytes.withUnsafeMutableBytes {
        read(descriptor, $0.baseAddress?.advanced(by: count), $0.count - count)
      }
      guard step > 0 else { return nil }
      count += step
    }
    return bytes
  }

  /// Replaces the file as a whole, or leaves the old one. Gives what went wrong.
  func save(_ list: [UInt8], of venue: String) -> String? {
    try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let temporary = path(of: venue) + ".new"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { return "cannot write \(temporary): \(String(cString: strerror(errno)))" }
    var written = 0
    while written < list.count {
      let step = list.withUnsafeBytes {
        Glibc.write(descriptor, $0.baseAddress?.advanced(by: written), list.count - written)
      }
      guard step > 0 else { break }
      written += step
    }
    let reason = String(cString: strerror(errno))
    close(descriptor)
    guard written == list.count, rename(temporary, path(of: venue)) == 0 else {
      unlink(temporary)
      return "cannot write \(temporary): \(reason)"
    }
    return nil
  }
}
