/// Where `Root` keeps a value: a key path such as `\.speed`.
public typealias OptionPath<Root, Value> = any WritableKeyPath<Root, Value> & Sendable

/// One option of `Root`: its key, where its value is kept, what it means.
public struct OptionField<Root: PluginOptions>: Sendable {
  public let key: String
  /// The file must give it.
  public let isRequired: Bool
  private let text: String
  private let typeName: String
  private let unit: String?
  private let schema: JSONTree
  private let nested: [OptionDocumentation]
  private let read: @Sendable (ConfigurationNode, inout Root, inout OptionDecoder) -> Bool
  private let write: @Sendable (Root) -> JSONTree?

  /// An option that the file must give. The documentation is one line.
  public static func required<Value: OptionValue>(
    _ key: String, _ path: OptionPath<Root, Value>, _ documentation: String,
    _ traits: OptionTrait<Value>...
  ) -> OptionField {
    OptionField(
      key, documentation, isRequired: true, traits, get: { $0[keyPath: path] },
      set: { $0[keyPath: path] = $1 })
  }

  /// An option that the file must give, kept where nothing needs to stand before.
  public static func required<Value: OptionValue>(
    _ key: String, _ path: OptionPath<Root, Value?>, _ documentation: String,
    _ traits: OptionTrait<Value>...
  ) -> OptionField {
    OptionField(
      key, documentation, isRequired: true, traits, get: { $0[keyPath: path] },
      set: { $0[keyPath: path] = $1 })
  }

  /// An option with a default: the one of `Root()`.
  public static func optional<Value: OptionValue>(
    _ key: String, _ path: OptionPath<Root, Value>, _ documentation: String,
    _ traits: OptionTrait<Value>...
  ) -> OptionField {
    OptionField(
      key, documentation, isRequired: false, traits, get: { $0[keyPath: path] },
      set: { $0[keyPath: path] = $1 })
  }

  /// An option that may be absent: then it is nil.
  public static func optional<Value: OptionValue>(
    _ key: String, _ path: OptionPath<Root, Value?>, _ documentation: String,
    _ traits: OptionTrait<Value>...
  ) -> OptionField {
    OptionField(
      key, documentation, isRequired: false, traits, get: { $0[keyPath: path] },
      set: { $0[keyPath: path] = $1 })
  }

  private init<Value: OptionValue>(
    _ key: String, _ documentation: String, isRequired: Bool, _ traits: [OptionTrait<Value>],
    get: @escaping @Sendable (Root) -> Value?, set: @escaping @Sendable (inout Root, Value) -> Void
  ) {
    self.key = key
    self.isRequired = isRequired
    text = documentation
    let baseName = traits.compactMap(\.typeName).last ?? Value.typeName
    typeName = ([baseName] + traits.compactMap(\.limit)).joined(separator: ", ")
    unit = traits.compactMap(\.unit).last ?? Value.unit
    schema = traits.reduce(into: Value.schema) { $1.refine(&$0) }
    nested = Value.nested
    read = { node, root, decoder in
      guard let value = Value.decode(node, &decoder) else { return false }
      set(&root, value)
      return traits.reduce(true) { $1.check(value, node, &decoder) && $0 }
    }
    write = { get($0)?.encoded }
  }

  private init<Inner>(_ inner: OptionField<Inner>, at path: OptionPath<Root, Inner>) {
    key = inner.key
    isRequired = inner.isRequired
    text = inner.text
    typeName = inner.typeName
    unit = inner.unit
    schema = inner.schema
    nested = inner.nested
    read = { inner.read($0, &$1[keyPath: path], &$2) }
    write = { inner.write($0[keyPath: path]) }
  }

  /// The option as one of `Outer`, which keeps a `Root`: options that several plugins have stand once.
  public func inside<Outer>(_ path: OptionPath<Outer, Root>) -> OptionField<Outer> {
    OptionField<Outer>(self, at: path)
  }

  /// What is known of the option without a file.
  public var documentation: OptionDocumentation {
    OptionDocumentation(
      key: key, typeName: typeName, unit: unit, isRequired: isRequired,
      defaultValue: isRequired ? nil : write(Root()),
      text: text, nested: nested, schema: schema)
  }

  /// Reads the option into `root`; false when something was reported.
  func decode(_ node: ConfigurationNode, into root: inout Root, _ decoder: inout OptionDecoder) -> Bool {
    read(node, &root, &decoder)
  }

  /// The option as it stands in `root`; nil when it has no value.
  func member(of root: Root) -> JSONTree.Member? {
    write(root).map { JSONTree.Member(key, $0) }
  }
}

/// An option as people and editors see it.
public struct OptionDocumentation: Sendable, Equatable {
  public let key: String
  /// What kind of value it takes, limits included: `duration, more than 0`.
  public let typeName: String
  /// `basis points`; nil where the value has none or carries its own.
  public let unit: String?
  public let isRequired: Bool
  /// Nil for a required option and for one that may be absent.
  public let defaultValue: JSONTree?
  /// One line.
  public let text: String
  /// The options inside, where the value is a group.
  public let nested: [OptionDocumentation]
  /// The value's JSON Schema.
  public let schema: JSONTree
}
