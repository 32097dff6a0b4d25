internal import Foundation
internal import Glibc

/// The folder of a run's own.
package enum StateFolder {
  /// Why a run could not begin in it now; nil where one could. Makes and changes nothing.
  package static func obstacle(at path: String) -> String? {
    var place = path
    var status = stat()
    // What is not there is made, with the folders that lead to it.
    while stat(place, &status) != 0 {
      guard errno == ENOENT, place != "." else { return "cannot look at \(place): \(String(cString: strerror(errno)))" }
      let parent = (place as NSString).deletingLastPathComponent
      place = parent.isEmpty ? "." : parent
    }
    guard status.st_mode & S_IFMT == S_IFDIR else { return "\(place) is no folder" }
    guard access(place, W_OK | X_OK) == 0 else {
      return "cannot write in \(place): \(String(cString: strerror(errno)))"
    }
    return place == path ? FolderLock.holder(of: path).map { "\(path) is in use by \($0)" } : nil
  }
}
