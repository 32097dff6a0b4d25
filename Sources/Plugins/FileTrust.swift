import Glibc

/// Whether only those can change a file who may do anything in this process's name anyway.
enum FileTrust {
  /// Nil when the file, and every folder above it, belongs to root or to this user and nobody else may write to it; else
  /// what is wrong. A folder such as /tmp, whose entries none but their owners may replace, will do. `path` is absolute,
  /// without links.
  static func problem(of path: String) -> String? {
    var path = path
    var isFile = true
    while true {
      var status = stat()
      guard lstat(path, &status) == 0 else { return "\(path): \(String(cString: strerror(errno)))" }
      let isSticky = !isFile && status.st_mode & mode_t(S_ISVTX) != 0
      if let problem = problem(owner: status.st_uid, mode: status.st_mode, isSticky: isSticky) {
        return "\(path) \(problem)"
      }
      guard path != "/", let slash = path.lastIndex(of: "/") else { return nil }
      path = slash == path.startIndex ? "/" : String(path[..<slash])
      isFile = false
    }
  }

  private static func problem(owner: uid_t, mode: mode_t, isSticky: Bool) -> String? {
    guard owner == 0 || owner == geteuid() else { return "belongs to neither root nor this user" }
    guard mode & 0o022 == 0 || isSticky else { return "can be written to by others; chmod go-w takes that away" }
    return nil
  }
}
