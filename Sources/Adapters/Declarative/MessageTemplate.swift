public import ArbdFramework

/// A message to the venue with places that are filled in.
public struct MessageTemplate: OptionValue {
  let tree: JSONTree

  public init(_ tree: JSONTree = .null) { self.tree = tree }

  static let words = ["symbol", "symbol_lower", "symbol_upper", "base", "quote", "id", "id_text"]
  private static let marketWords = ["{symbol}", "{symbol_lower}", "{symbol_upper}", "{base}", "{quote}"]

  public static var typeName: String { "JSON" }
  public static var expectation: String { "a message as JSON" }
  public static var schema: JSONTree { [:] }

  public static func decode(_ node: ConfigurationNode, _ decoder: inout OptionDecoder) -> MessageTemplate? {
    guard let tree = node.tree else { return nil }
    let problems = MessageTemplate.texts(tree).compactMap { Template.problem(with: $0, knowing: words) }
    if let problem = problems.first { return decoder.refuse(node, problem) }
    return MessageTemplate(tree)
  }

  public var encoded: JSONTree { tree }

  private static func texts(_ tree: JSONTree) -> [String] {
    switch tree {
    case .string(let text): [text]
    case .array(let elements): elements.flatMap(texts)
    case .object(let members): members.flatMap { texts($0.value) }
    default: []
    }
  }

  private static func namesMarket(_ tree: JSONTree) -> Bool {
    texts(tree).contains { text in marketWords.contains { text.contains($0) } }
  }

  /// Several instruments fit into one message.
  var takesList: Bool { MessageTemplate.hasList(tree) }

  private static func hasList(_ tree: JSONTree) -> Bool {
    switch tree {
    case .array(let elements): elements.count == 1 && namesMarket(elements[0]) || elements.contains(where: hasList)
    case .object(let members): members.contains { hasList($0.value) }
    default: false
    }
  }

  /// The message for several instruments, or for one.
  func message(for subscriptions: [Subscription], number: Int64) -> JSONTree {
    MessageTemplate.fill(tree, subscriptions, number)
  }

  private static func fill(_ tree: JSONTree, _ subscriptions: [Subscription], _ number: Int64) -> JSONTree {
    switch tree {
    case .object(let members): .object(members.map { JSONTree.Member($0.key, fill($0.value, subscriptions, number)) })
    case .array(let elements):
      // The innermost array grows.
      if elements.count == 1, namesMarket(elements[0]), !hasList(elements[0]) {
        .array(subscriptions.map { fill(elements[0], [$0], number) })
      } else {
        .array(elements.map { fill($0, subscriptions, number) })
      }
    case .string("{id}"): .number(Int(number))
    case .string(let text): .string(fill(text, subscriptions.first, number))
    default: tree
    }
  }

  private static func fill(_ text: String, _ subscription: Subscription?, _ number: Int64) -> String {
    guard text.contains("{") else { return text }
    let symbol = subscription?.symbol ?? ""
    return Template.fill(
      text,
      [
        "symbol": symbol, "symbol_lower": symbol.lowercased(), "symbol_upper": symbol.uppercased(),
        "base": subscription?.instrument.base ?? "", "quote": subscription?.instrument.quote ?? "", "id": "\(number)",
        "id_text": "\(number)",
      ])
  }
}

/// Texts with `{word}` in them.
enum Template {
  /// Replaces the words that are known; everything else stays as it is.
  static func fill(_ text: String, _ values: [String: String]) -> String {
    var (filled, rest) = ("", text[...])
    while let start = rest.firstIndex(of: "{") {
      filled += rest[..<start]
      rest = rest[start...]
      if let end = rest.firstIndex(of: "}"), let value = values[String(rest[rest.index(after: start)..<end])] {
        filled += value
        rest = rest[rest.index(after: end)...]
      } else {
        filled += "{"
        rest = rest.dropFirst()
      }
    }
    return filled + rest
  }

  /// What is wrong with a text: a word in braces that is none of these.
  static func problem(with text: String, knowing words: [String]) -> String? {
    var rest = text[...]
    while let start = rest.firstIndex(of: "{") {
      rest = rest[rest.index(after: start)...]
      let word = rest.prefix { $0.isLetter || $0 == "_" }
      guard !word.isEmpty, rest.dropFirst(word.count).first == "}" else { continue }
      if !words.contains(String(word)) {
        return "{\(word)} is not known; known are \(words.map { "{\($0)}" }.joined(separator: ", "))"
      }
    }
    return nil
  }
}
