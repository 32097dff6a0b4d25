public import ArbdFramework

public struct DiscordOptions: PluginOptions {
  public var webhook = Secret("")
  public var username = "arbd"
  public var minimumInterval = Duration.seconds(2)
  public var mostPerMessage = DiscordLimits.embeds
  public var certificateFile: String?

  public init() {}

  public static let fields: [OptionField<Self>] = [
    .required("webhook", \.webhook, "The webhook's address. It is a secret: write ${DISCORD_WEBHOOK}."),
    .optional(
      "username", \.username, "Who the messages are from.", .nonEmpty,
      .rule { name in
        let word = ["discord", "clyde"].first { name.lowercased().contains($0) }
        return word.map { "must not hold \"\($0)\", which Discord refuses" }
      }),
    .optional("min_interval", \.minimumInterval, "Between two messages; alerts that come meanwhile share the next."),
    .optional("per_message", \.mostPerMessage, "Alerts in one message at most.", .in(1...DiscordLimits.embeds)),
    .optional(
      "ca_file", \.certificateFile, "Certificates (PEM) to trust in place of the system's.", .named("path"), .nonEmpty),
  ]
}

/// What Discord takes: https://docs.discord.com/developers/resources/message
public enum DiscordLimits {
  public static let embeds = 10
  static let title = 256
  static let description = 4_096
  static let fieldName = 256
  static let fieldValue = 1_024
  static let footer = 2_048
  static let username = 80
  /// Of all texts of all embeds of a message.
  static let total = 6_000
}
