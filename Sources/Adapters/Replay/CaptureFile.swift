/// A whole capture at once, for those who look at it from all sides.
package enum CaptureFile {
  /// Why there is none.
  package struct Failure: Error, CustomStringConvertible {
    package let description: String
  }

  /// The file's bytes, unpacked where the name ends in `.gz`; at most so many.
  package static func bytes(of path: String, atMost limit: Int = 256 << 20) throws(Failure) -> [UInt8] {
    do throws(ReplayError) {
      let file = try ReplayFile(path: path)
      var bytes: [UInt8] = []
      var buffer = [UInt8](repeating: 0, count: 1 << 18)
      while true {
        let count = try file.read(into: &buffer, from: 0)
        if count == 0 { return bytes }
        bytes += buffer[..<count]
        guard bytes.count <= limit else { throw ReplayError(path, "longer than \(limit) bytes") }
      }
    } catch {
      throw Failure(description: "\(error)")
    }
  }
}
