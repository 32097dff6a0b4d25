internal import Foundation
internal import Glibc

/// The folder of a run's own.
package enum StateFolder {
  /// Why a run could not begin in it now; nil where one could. Makes and changes nothing.
  package static func obstacle(at path: String) -> String? {
    var status = stat()
    guard stat(path, &status) == 0 else {
      guard errno == ENOENT else { return "cannot look at \(path): \(String(cString: strerror(errno)))" }
      let parent = URL(fileURLWithPath: path).deletingLastPathComponent().path
      // It is made with the folders that lead to it.
      return parent == path ? "there is no folder \(path)" : obstacle(inParent: parent)
    }
    guard status.st_mode & S_IFMT == S_IFDIR else { return "\(path) is no folder" }
    guard access(path, W_OK | X_OK) == 0 else { return "cannot write in \(path): \(String(cString: strerror(errno)))" }
    return FolderLock.holder(of: path).map { "\(path) is in use by \($0)" }
  }

  private static func obstacle(inParent path: String) -> String? {
    var status = stat()
    guard stat(path, &status) == 0 else {
      let parent = URL(fileURLWithPath: path).deletingLastPathComponent().path
      return errno == ENOENT && parent != path
        ? obstacle(inParent: parent) : "cannot look at \(path): \(String(cString: strerror(errno)))"
    }
    guard status.st_mode & S_IFMT == S_IFDIR else { return "\(path) is no folder" }
    return access(path, W_OK | X_OK) == 0 ? nil : "cannot write in \(path): \(String(cString: strerror(errno)))"
  }
}
