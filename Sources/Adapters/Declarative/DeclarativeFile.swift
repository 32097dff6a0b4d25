public import ArbdFramework
internal import Foundation

/// The name of a file that describes a venue, and what stands in it: read and checked with the configuration.
public struct DeclarativeFile: OptionValue {
  /// From the folder in which the program was started, as all paths of a configuration.
  public let path: String
  public let spec: DeclarativeSpec

  /// A file that is longer describes no venue.
  static let maximumBytes = 1 << 20

  public init(path: String = "", spec: DeclarativeSpec = DeclarativeSpec()) { (self.path, self.spec) = (path, spec) }

  public static var typeName: String { "path" }
  public static var expectation: String { "the path of a JSON file that describes a venue" }
  public static var schema: JSONTree { OptionSchema.string }

  public static func decode(_ node: ConfigurationNode, _ decoder: inout OptionDecoder) -> DeclarativeFile? {
    guard let path = decoder.string(node, expected: expectation) else { return nil }
    guard !path.isEmpty, !path.utf8.contains(0) else { return decoder.mismatch(node, expected: expectation) }
    let text: Data
    do {
      let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
      text = try file.read(upToCount: maximumBytes + 1) ?? Data()
    } catch {
      return decoder.refuse(
        node, "cannot read \(path.printable)", suggestion: "paths begin in the folder in which arbd is started")
    }
    guard text.count <= maximumBytes else {
      return decoder.refuse(node, "\(path.printable) has more than \(maximumBytes) bytes")
    }
    return decoder.document(DeclarativeSpec.self, text: Array(text), fileName: path, named: node).map {
      DeclarativeFile(path: path, spec: $0)
    }
  }

  public var encoded: JSONTree { path.encoded }
}
