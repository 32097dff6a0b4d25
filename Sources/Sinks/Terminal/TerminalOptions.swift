public import ArbdFramework

/// What a `terminal` sink is asked for.
public struct TerminalOptions: PluginOptions, Equatable {
  public enum Times: String, OptionChoice {
    case utc, local
  }

  public var times = Times.utc
  public var color = ColorChoice.automatic
  public var mouse = true
  public var bell = false
  public var notification = false
  public var staleAfter = Duration.seconds(10)

  public init() {}

  public static let fields: [OptionField<Self>] = [
    .optional("times", \.times, "Which times are shown at first; the key u changes it."),
    .optional("color", \.color, "Colours; auto: where the terminal has some and NO_COLOR is not set."),
    .optional("mouse", \.mouse, "Takes clicks and the wheel, where the terminal has a mouse."),
    .optional("bell", \.bell, "Rings the terminal's bell on an alert."),
    .optional("notification", \.notification, "Sends an alert to the desktop, by OSC 9, which not all terminals know."),
    .optional(
      "stale_after", \.staleAfter, "A price without news for longer is marked, and left out of spreads.", .positive),
  ]
}
