import ArbdFramework

/// Alerts that go out together: as many as Discord takes.
struct DiscordMessage {
  /// How many of the alerts are in it, from the first on.
  let count: Int
  let body: String

  /// The first of the alerts that have room in one message; of none, nil.
  init?(_ alerts: ArraySlice<Alert>, username: String, atMost limit: Int) {
    var embeds: [DiscordEmbed] = []
    var length = 0
    for alert in alerts.prefix(min(limit, DiscordLimits.embeds)) {
      let embed = DiscordEmbed(alert)
      length += embed.length
      guard embeds.isEmpty || length <= DiscordLimits.total else { break }
      embeds.append(embed)
    }
    guard !embeds.isEmpty else { return nil }
    count = embeds.count
    let message: JSONTree = [
      "username": .string(DiscordEmbed.cut(username, DiscordLimits.username)),
      "embeds": .array(embeds.map(\.json)),
      // Nobody is called, whatever a name may look like.
      "allowed_mentions": ["parse": []],
    ]
    body = message.compact
  }
}
