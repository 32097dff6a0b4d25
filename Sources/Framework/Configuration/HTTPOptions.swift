/// `http`: where the run shows how it is doing.
public struct HTTPOptions: OptionGroup, Equatable {
  public var listen = ListenAddress.standard

  public init() {}

  public static let fields: [OptionField<Self>] = [
    .optional(
      "listen", \.listen,
      "Address and port for /metrics, /healthz and /readyz; a port alone is one of 127.0.0.1, port 0 a free one.")
  ]

  public func validate(_ validator: inout OptionValidator) {
    guard !listen.isLoopback else { return }
    validator.warning(
      at: "listen", "whoever reaches \(listen) can read what the run does; there is no password and no encryption")
  }
}

/// An IP address and a TCP port, as `127.0.0.1:9464`, `[::1]:9464`, `localhost:9464` or `:9464`.
public struct ListenAddress: OptionValue, Hashable {
  public enum Host: Sendable, Hashable {
    /// Its four bytes.
    case ip4(UInt8, UInt8, UInt8, UInt8)
    /// As it was written, without the brackets.
    case ip6(String)
  }

  public let host: Host
  public let port: UInt16

  public init(_ host: Host, port: UInt16) {
    self.host = host
    self.port = port
  }

  /// Only this machine reaches it.
  public static let standard = ListenAddress(.ip4(127, 0, 0, 1), port: 9_464)

  public var isLoopback: Bool {
    switch host {
    case .ip4(let first, _, _, _): first == 127
    case .ip6(let text): text == "::1"
    }
  }

  /// Nil when the text is no such address.
  public init?(_ text: String) {
    let colon = text.lastIndex(of: ":")
    let digits = colon.map { text[text.index(after: $0)...] } ?? text[...]
    guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = UInt16(digits)
    else { return nil }
    let host = colon.map { text[..<$0] } ?? ""
    if host.isEmpty || host == "localhost" {
      self.init(.ip4(127, 0, 0, 1), port: port)
    } else if host.hasPrefix("["), host.hasSuffix("]") {
      let inner = host.dropFirst().dropLast()
      let isPlausible = inner.utf8.contains(0x3A) && inner.utf8.allSatisfy(ListenAddress.isOfIP6)
      guard isPlausible else { return nil }
      self.init(.ip6(String(inner)), port: port)
    } else {
      let parts = host.split(separator: ".", omittingEmptySubsequences: false)
      let bytes = parts.compactMap { $0.first == "+" ? nil : UInt8($0) }
      guard parts.count == 4, bytes.count == 4 else { return nil }
      self.init(.ip4(bytes[0], bytes[1], bytes[2], bytes[3]), port: port)
    }
  }

  /// Hexadecimal digits, colons, and dots for the form with an IPv4 address at the end.
  private static func isOfIP6(_ byte: UInt8) -> Bool {
    (0x30...0x3A).contains(byte) || (0x61...0x66).contains(byte | 0x20) || byte == 0x2E
  }

  public static var typeName: String { "address and port" }
  public static var expectation: String { "an IP address and a port such as \"127.0.0.1:9464\"" }
  public static var schema: JSONTree { OptionSchema.text(pattern: "^(.*:)?[0-9]{1,5}$") }

  public static func decode(_ node: ConfigurationNode, _ decoder: inout OptionDecoder) -> ListenAddress? {
    guard let text = decoder.string(node, expected: expectation) else { return nil }
    return ListenAddress(text) ?? decoder.mismatch(node, expected: expectation)
  }

  public var encoded: JSONTree { .string(description) }
}

extension ListenAddress: CustomStringConvertible {
  public var description: String {
    switch host {
    case .ip4(let a, let b, let c, let d): "\(a).\(b).\(c).\(d):\(port)"
    case .ip6(let text): "[\(text)]:\(port)"
    }
  }
}
