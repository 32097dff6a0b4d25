internal import ArbdFramework
import Glibc

/// Holds a folder for one process: a file in it that is locked until the process ends, however it ends, and that says
/// who has it. Owns its descriptor.
final class FolderLock: Sendable {
  private let descriptor: Int32
  private let path: String

  init(folder: String) throws(JournalError) {
    let path = folder + "/lock"
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw JournalError("cannot open \(path): \(String(cString: strerror(errno)))", remedy: .stop)
    }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      var text = [UInt8](repeating: 0, count: 32)
      let count = max(0, read(descriptor, &text, text.count))
      close(descriptor)
      let holder = String(decoding: text.prefix(count), as: UTF8.self).filter(\.isNumber)
      let process = holder.isEmpty ? "another process" : "process \(holder)"
      throw JournalError("\(folder) is in use by \(process); two runs cannot share a state folder", remedy: .stop)
    }
    let own = Array("\(getpid())\n".utf8)
    ftruncate(descriptor, 0)
    _ = pwrite(descriptor, own, own.count, 0)
    // Last: an object that was never whole must not close what is closed already.
    self.descriptor = descriptor
    self.path = path
  }

  /// Whether the file that is locked is still the one that others would find.
  var isInPlace: Bool {
    guard let own = FileIdentity(descriptor: descriptor) else { return false }
    return own == FileIdentity(path)
  }

  deinit { close(descriptor) }
}
