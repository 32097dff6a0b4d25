/// A value of a configuration file, with the place it stands at.
public struct ConfigurationNode: Sendable {
  public enum Value: Sendable {
    /// In the order of the file, each key once.
    case object([Member])
    case array([ConfigurationNode])
    case string(ConfigurationText)
    /// The digits as written, in JSON's grammar.
    case number(String)
    case boolean(Bool)
    case null
  }

  /// A key of an object with its value.
  public struct Member: Sendable {
    public let key: String
    public let keyPosition: ConfigurationPosition
    public let node: ConfigurationNode
  }

  public let value: Value
  public let position: ConfigurationPosition

  public init(_ value: Value, at position: ConfigurationPosition) {
    self.value = value
    self.position = position
  }

  /// The members of an object; none for any other value.
  public var members: [Member] {
    if case .object(let members) = value { members } else { [] }
  }

  /// The elements of an array; none for any other value.
  public var elements: [ConfigurationNode] {
    if case .array(let elements) = value { elements } else { [] }
  }

  /// The value of `key` in an object; nil where there is none.
  public subscript(key: String) -> ConfigurationNode? {
    members.first { $0.key == key }?.node
  }

  /// Where to report something about the value of `key`: at the value, or at this object when it has no such key. The
  /// path names the key either way.
  public func position(of key: String) -> ConfigurationPosition {
    self[key]?.position
      ?? ConfigurationPosition(path: position.path.appending(key: key), offset: position.offset)
  }

  /// What was found, for a message: `a string`, `an object`, `null`.
  public var kindName: String {
    switch value {
    case .object: "an object"
    case .array: "an array"
    case .string: "a string"
    case .number: "a number"
    case .boolean(let value): value ? "true" : "false"
    case .null: "null"
    }
  }
}

/// A place in a configuration file: the way through the tree, and the byte.
public struct ConfigurationPosition: Sendable, Hashable {
  public let path: ConfigurationPath
  /// From the start of the file, in bytes.
  public let offset: Int

  public init(path: ConfigurationPath, offset: Int) {
    self.path = path
    self.offset = offset
  }
}

/// The way to a value: `sinks[1].brokers`. Empty for the file as a whole.
public struct ConfigurationPath: Sendable, Hashable, CustomStringConvertible {
  public let description: String
  /// The same as a JSON Pointer (RFC 6901): `/sinks/1/brokers`.
  public let pointer: String

  public init() { (description, pointer) = ("", "") }

  private init(_ description: String, _ pointer: String) { (self.description, self.pointer) = (description, pointer) }

  /// The way to a member; a key that is no plain word is written `["in quotes"]`.
  public func appending(key: String) -> ConfigurationPath {
    let isPlain = !key.isEmpty && key.utf8.allSatisfy { $0.isNameByte || $0 == UInt8(ascii: "$") }
    let pointer = "\(pointer)/\(JSONPointer.escaped(key))"
    guard isPlain else { return ConfigurationPath("\(description)[\(Quoted(key))]", pointer) }
    return ConfigurationPath(description.isEmpty ? key : "\(description).\(key)", pointer)
  }

  /// The way to an element.
  public func appending(index: Int) -> ConfigurationPath {
    ConfigurationPath("\(description)[\(index)]", "\(pointer)/\(index)")
  }
}

extension UInt8 {
  /// A letter, a digit, `_` or `-`.
  fileprivate var isNameByte: Bool {
    switch self {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
      true
    default: false
    }
  }
}

/// Text of a file as a message shows it: in double quotes, control characters escaped, cut when long.
struct Quoted: CustomStringConvertible {
  private let text: String

  init(_ text: some StringProtocol) { self.text = String(text) }

  var description: String {
    let limit = 60
    var bytes: [UInt8] = []
    bytes.append(jsonString: text.count > limit ? text.prefix(limit) + "…" : text)
    return String(decoding: bytes, as: UTF8.self)
  }
}
