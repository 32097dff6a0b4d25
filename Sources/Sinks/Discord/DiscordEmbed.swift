import ArbdFramework
import ArbdTerminal

/// An alert as Discord shows it: a title with the route, prices of all legs, and the figures.
///
///     {"title":"btc · buy binance BTC-USDT → sell coinbase BTC-USD","description":"buy  binance  BTC-USDT  60,044.00 …",
///      "color":3447003,"timestamp":"2026-01-01T00:00:11.699Z","fields":[{"name":"net","value":"+7.86 bps","inline":true}],
///      "footer":{"text":"3f2a…"}}
///
/// https://docs.discord.com/developers/resources/message#embed-object
struct DiscordEmbed {
  let title: String
  let description: String
  let fields: [(name: String, value: String)]
  let footer: String
  let color: Int
  let time: Timestamp

  init(_ alert: Alert) {
    let route = alert.legs.map { "\($0.side.name) \($0.market)" }.joined(separator: " → ")
    title = DiscordEmbed.cut("\(alert.detector) · \(route)".withoutMarkup, DiscordLimits.title)
    let legs = alert.legs.map { leg in
      "\(leg.side.name) \(leg.market) at **\(Figure.price(leg.price))**, fee \(Figure.plain(leg.feeBasisPoints)) bps"
    }
    description = DiscordEmbed.cut(
      legs.map { $0.withoutMarkup(except: "**") }.joined(separator: "\n"), DiscordLimits.description / 4)
    var figures: [(name: String, value: String)] = []
    if let spread = alert.spread, let leg = alert.legs.first {
      figures.append(("spread", "\(Figure.price(spread)) \(leg.market.instrument.quote.withoutMarkup)"))
    }
    figures.append(("gross", "\(Figure.signed(alert.grossBasisPoints)) bps"))
    figures.append(("net", "\(Figure.signed(alert.netBasisPoints)) bps"))
    figures.append(("window", DiscordEmbed.window(alert)))
    fields = figures.map { ($0.name, DiscordEmbed.cut($0.value, 200)) }
    footer = alert.id
    // Blue for what is left after fees, grey for what is not: red and green look alike to many.
    color = alert.netBasisPoints > 0 ? 0x3498DB : 0x95A5A6
    time = alert.detectedAt
  }

  /// As Discord counts: all texts. Counted in UTF-16, which is never less than characters.
  var length: Int {
    fields.reduce(title.utf16.count + description.utf16.count + footer.utf16.count) { sum, field in
      sum + field.name.utf16.count + field.value.utf16.count
    }
  }

  var json: JSONTree {
    var embed: JSONTree = ["title": .string(title), "description": .string(description), "color": .number(color)]
    if let time = DiscordEmbed.timestamp(time) { embed["timestamp"] = .string(time) }
    embed["fields"] = .array(
      fields.map { ["name": .string($0.name), "value": .string($0.value), "inline": .boolean(true)] })
    embed["footer"] = ["text": .string(footer)]
    return embed
  }

  /// Nil for a time that Discord's format has no place for.
  private static func timestamp(_ time: Timestamp) -> String? {
    guard (0..<253_402_300_800_000_000).contains(time.microseconds) else { return nil }
    return String(time.description.dropLast(4)) + "Z"
  }

  private static func window(_ alert: Alert) -> String {
    func clock(_ time: Timestamp) -> String { String(time.description.dropFirst(11).prefix(8)) }
    return "\(clock(alert.windowStart)) to \(clock(alert.windowEnd)) UTC"
  }

  /// At most so many UTF-16 units, an ellipsis included.
  static func cut(_ text: String, _ limit: Int) -> String {
    guard text.utf16.count > limit else { return text }
    var short = ""
    var length = 1
    for character in text {
      length += character.utf16.count
      if length > limit { break }
      short.append(character)
    }
    return short + "…"
  }
}

extension String {
  /// Shown as it stands: nothing in it is Markdown, a mention or a control character.
  var withoutMarkup: String {
    var text = ""
    for scalar in unicodeScalars {
      if scalar.value < 0x20 || scalar.value == 0x7F {
        text += " "
      } else {
        if "\\*_~`|>#[]()<@:-".unicodeScalars.contains(scalar), scalar != "-" { text += "\\" }
        text.unicodeScalars.append(scalar)
      }
    }
    return text
  }

  /// The same, this mark excepted.
  fileprivate func withoutMarkup(except mark: String) -> String {
    split(separator: mark, omittingEmptySubsequences: false).map { String($0).withoutMarkup }.joined(separator: mark)
  }
}
