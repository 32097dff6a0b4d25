public import ArbdFramework

/// The options of whatever runs a program.
public struct ProcessCommand: PluginOptions {
  public var command: [String] = []
  public var environment: [String: Secret] = [:]
  public var options: JSONTree?
  public var grace = Duration.seconds(1)
  public var handshakeTimeout = Duration.seconds(10)

  public init() {}

  public static let fields: [OptionField<Self>] = [
    .required(
      "command", \.command, "The program and its arguments; no shell reads them.", .nonEmpty,
      .rule { words in
        words.contains { $0.utf8.contains(0) } ? "must hold no NUL" : words.first?.isEmpty == true ? "has no name" : nil
      }),
    .optional(
      "environment", \.environment, "Variables for it, beside those of arbd.",
      .rule { variables in
        let isGood = variables.allSatisfy { name, value in
          !name.isEmpty && !name.contains("=") && !(name + value.revealed).utf8.contains(0)
        }
        return isGood ? nil : "has a name that is empty or holds =, or a NUL"
      }),
    .optional("options", \.options, "JSON that is passed on to it in its first line."),
    .optional(
      "grace", \.grace, "How long it has between being asked to end (SIGTERM) and being ended (SIGKILL).",
      .in(.zero ... .seconds(3))),
    .optional("handshake_timeout", \.handshakeTimeout, "How long it has for its first line.", .positive),
  ]

  /// The same options as a part of a plugin's own.
  public static func fields<Outer>(at path: OptionPath<Outer, ProcessCommand>) -> [OptionField<Outer>] {
    fields.map { $0.inside(path) }
  }

  /// What is in our first line beside the version.
  public var members: [JSONTree.Member] { options.map { [JSONTree.Member("options", $0)] } ?? [] }

  /// Starts it.
  public func start() throws(ProcessError) -> ChildProcess {
    try ChildProcess(command: command, environment: environment.mapValues(\.revealed))
  }
}
