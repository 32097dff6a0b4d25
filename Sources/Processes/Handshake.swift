public import ArbdFramework

/// The first line each way: which version of the protocol is spoken.
///
/// We say what is wanted, `{"arbd":1,"role":"source",…}`; the program answers with a line that has at least `{"arbd":1}`.
public enum Handshake {
  /// Of the protocol of `docs/formats.md`. One that an old program cannot speak has another.
  public static let version = 1

  /// Our line.
  public static func request(role: String, name: String, _ members: [JSONTree.Member]) -> [UInt8] {
    let line: JSONTree = ["arbd": .number(version), "role": .string(role), "name": .string(name)]
    return Array(JSONTree.object(line.members + members).compact.utf8) + [UInt8(ascii: "\n")]
  }

  /// Why an answer is none.
  public enum Refusal: Error, Sendable, Equatable, CustomStringConvertible {
    case otherVersion(Int64)
    case noHandshake(String)

    public var description: String {
      switch self {
      case .otherVersion(let version):
        "it speaks version \(version) of the protocol; this program speaks \(Handshake.version)"
      case .noHandshake(let line): "its first line is not {\"arbd\":\(Handshake.version)} but \(line)"
      }
    }
  }

  /// Reads the program's line.
  public static func check(_ line: RawSpan) throws(Refusal) {
    guard let version = version(in: line) else { throw .noHandshake(line.excerpt) }
    guard version == Handshake.version else { throw .otherVersion(version) }
  }

  private static func version(in line: RawSpan) -> Int64? {
    do throws(JSONError) {
      var version: Int64?
      var json = JSONScanner(line)
      try json.beginObject()
      while let key = try json.nextKey() {
        if key == "arbd" { version = try json.readWholeNumber() } else { try json.skipValue() }
      }
      try json.finish()
      return version
    } catch {
      return nil
    }
  }
}

extension RawSpan {
  /// The beginning of a line, safe to print.
  public var excerpt: String {
    let text = extracting(0..<min(byteCount, 80)).withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
    return "\"\(text.printable)\(byteCount > 80 ? "…" : "")\""
  }
}
