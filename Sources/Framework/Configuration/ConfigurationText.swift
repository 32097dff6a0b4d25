/// A string of a configuration file: as written, and as read with each `${NAME}` replaced.
///
/// `${NAME}` is the environment variable; `${NAME:-default}` is the default where the variable is unset or empty; `$${`
/// stands for the two characters `${`. A `$` in front of anything else is itself.
public struct ConfigurationText: Sendable, Equatable {
  public let written: String
  /// Nil when a variable is missing or wrongly written, which has been reported.
  public let text: String?
  /// The value of a variable went into the text.
  public let usesVariable: Bool
  /// The default of a variable went into the text.
  public let usesDefault: Bool

  /// A string that nothing is replaced in.
  public init(_ text: String) {
    self.init(written: text, text: text, usesVariable: false, usesDefault: false)
  }

  private init(written: String, text: String?, usesVariable: Bool, usesDefault: Bool) {
    self.written = written
    self.text = text
    self.usesVariable = usesVariable
    self.usesDefault = usesDefault
  }

  /// Replaces the variables in `written`; `problems` are those that could not be, one sentence each.
  static func expanding(
    _ written: String, environment: [String: String]
  ) -> (text: ConfigurationText, problems: [String]) {
    var expansion = VariableExpansion(environment: environment)
    expansion.run(written[...])
    let text = ConfigurationText(
      written: written, text: expansion.problems.isEmpty ? expansion.text : nil,
      usesVariable: expansion.usesVariable, usesDefault: expansion.usesDefault)
    return (text, expansion.problems)
  }

  /// What to write in a file so that it is read as `text`.
  static func escaping(_ text: String) -> String {
    text.split(separator: "${", omittingEmptySubsequences: false).joined(separator: "$${")
  }
}

private struct VariableExpansion {
  let environment: [String: String]
  var text = ""
  var problems: [String] = []
  var usesVariable = false
  var usesDefault = false

  init(environment: [String: String]) { self.environment = environment }

  mutating func run(_ written: Substring) {
    var rest = written
    while let dollar = rest.firstIndex(of: "$") {
      text += rest[..<dollar]
      rest = rest[dollar...]
      if rest.hasPrefix("$${") {
        text += "${"
        rest = rest.dropFirst(3)
      } else if rest.hasPrefix("${") {
        guard let end = rest.firstIndex(of: "}") else {
          problems.append(
            "\(Quoted(rest)) has no closing brace; write ${NAME}, or $${ for the characters themselves")
          return
        }
        replace(rest[..<end].dropFirst(2))
        rest = rest[rest.index(after: end)...]
      } else {
        text += "$"
        rest = rest.dropFirst()
      }
    }
    text += rest
  }

  /// `inside` is what stands between the braces.
  private mutating func replace(_ inside: Substring) {
    let name = inside.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
    let rest = inside.dropFirst(name.count)
    let hasDefault = rest.hasPrefix(":-")
    guard !inside.isEmpty, !name.isEmpty || !hasDefault else {
      return problems.append("${} names no environment variable")
    }
    guard let first = name.first, !first.isNumber, rest.isEmpty || hasDefault else {
      return problems.append(
        "\(Quoted("${\(inside)}")) is not a variable; write ${NAME} or ${NAME:-default}, the name in letters, digits and _"
      )
    }
    guard !rest.contains("${") else {
      return problems.append("the default of ${\(name)} cannot hold another variable")
    }
    if let value = environment[String(name)], !(hasDefault && value.isEmpty) {
      text += value
      usesVariable = true
    } else if hasDefault {
      text += rest.dropFirst(2)
      usesDefault = true
    } else {
      problems.append("the environment variable \(name) is not set; set it or write ${\(name):-default}")
    }
  }
}
