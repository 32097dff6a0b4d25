import Glibc

/// Which file a path leads to: SQLite goes on writing into one that nobody can open any more.
package struct FileIdentity: Equatable, Sendable {
  private let device: UInt
  private let number: UInt

  /// Nil when there is none.
  package init?(_ path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    self.init(status)
  }

  /// Of an open file.
  package init?(descriptor: Int32) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return nil }
    self.init(status)
  }

  private init(_ status: stat) {
    device = UInt(status.st_dev)
    number = UInt(status.st_ino)
  }
}
