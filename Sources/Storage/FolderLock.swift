internal import ArbdFramework
import Glibc

/// Holds a folder for one process: a file in it that is locked until the process ends, however it ends, and that says
/// who has it. Owns its descriptor.
final class FolderLock: Sendable {
  private let descriptor: Int32
  private let path: String
  private let identity: FileIdentity?

  init(folder: String) throws(JournalError) {
    let path = folder + "/lock"
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw JournalError("cannot open \(path): \(String(cString: strerror(errno)))", remedy: .stop)
    }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let process = FolderLock.process(in: descriptor)
      close(descriptor)
      throw JournalError("\(folder) is in use by \(process); two runs cannot share a state folder", remedy: .stop)
    }
    let own = Array("\(getpid())\n".utf8)
    ftruncate(descriptor, 0)
    _ = pwrite(descriptor, own, own.count, 0)
    // Last: an object that was never whole must not close what is closed already.
    self.descriptor = descriptor
    self.path = path
    identity = FileIdentity(descriptor: descriptor)
  }

  /// Who has the folder; nil where nobody has.
  static func holder(of folder: String) -> String? {
    let descriptor = open(folder + "/lock", O_RDWR | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    return flock(descriptor, LOCK_EX | LOCK_NB) == 0 ? nil : process(in: descriptor)
  }

  private static func process(in descriptor: Int32) -> String {
    var text = [UInt8](repeating: 0, count: 32)
    let count = max(0, read(descriptor, &text, text.count))
    let holder = String(decoding: text.prefix(count), as: UTF8.self).filter(\.isNumber)
    return holder.isEmpty ? "another process" : "process \(holder)"
  }

  /// Whether the file that is locked is still the one that others would find.
  var isInPlace: Bool { identity != nil && identity == FileIdentity(path) }

  deinit { close(descriptor) }
}
