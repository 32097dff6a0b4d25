/// A capture for those who look at it from all sides, or want to know what it is.
package enum CaptureFile {
  /// Why there is none.
  package struct Failure: Error, CustomStringConvertible {
    package let description: String
  }

  /// The file's bytes, unpacked where the name ends in `.gz`; more than so many are a failure.
  package static func bytes(of path: String, atMost limit: Int = 256 << 20) throws(Failure) -> [UInt8] {
    let bytes = try head(of: path, limit + 1)
    guard bytes.count <= limit else { throw Failure(description: "\(path): longer than \(limit) bytes") }
    return bytes
  }

  /// The first bytes of it, at most so many.
  package static func head(of path: String, _ limit: Int) throws(Failure) -> [UInt8] {
    do throws(ReplayError) {
      let file = try ReplayFile(path: path)
      var bytes: [UInt8] = []
      var buffer = [UInt8](repeating: 0, count: 1 << 18)
      while bytes.count < limit {
        let count = try file.read(into: &buffer, from: 0)
        if count == 0 { break }
        bytes += buffer[..<min(count, limit - bytes.count)]
      }
      return bytes
    } catch {
      throw Failure(description: "\(error)")
    }
  }
}
