import ArgumentParser
import Foundation

/// Where `--summary` goes: opened before the run, so that a path that cannot be written is known at once, and written
/// after it. Whatever is there, a device or a link too, is written to and not replaced.
struct SummaryFile {
  private let path: String
  private let handle: FileHandle

  init(path: String) throws {
    self.path = path
    // Non-blocking only for the opening: a FIFO without a reader is an error, not a reason to wait.
    let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0o644)
    guard descriptor >= 0 else {
      printError("error: cannot write the summary to \(path): \(String(cString: strerror(errno)))")
      throw ExitCode(1)
    }
    _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) & ~O_NONBLOCK)
    handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
  }

  func write(_ text: String) throws {
    // Fails on what is no regular file, which needs no cutting either.
    try? handle.truncate(atOffset: 0)
    do {
      try handle.write(contentsOf: Data(text.utf8))
    } catch {
      printError("error: cannot write the summary to \(path): \(error.localizedDescription)")
      throw ExitCode(1)
    }
  }
}
