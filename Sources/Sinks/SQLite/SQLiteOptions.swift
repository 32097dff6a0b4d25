public import ArbdFramework

public struct SQLiteOptions: PluginOptions {
  public var path = ""
  public var keep = TableRetention()

  public init() {}

  public static let fields: [OptionField<Self>] = [
    .required("path", \.path, "The database, made where it is not there.", .named("path"), .nonEmpty, .path),
    .optional("keep", \.keep, "How long rows stay."),
  ]
}

/// `keep`: for each table how long rows stay, by the receive time of market data and the detection time of alerts.
public struct TableRetention: OptionGroup, Equatable {
  public var alerts = DurationOrNever.never
  public var trades = DurationOrNever.duration(.seconds(86_400))
  public var quotes = DurationOrNever.duration(.seconds(86_400))
  public var windows = DurationOrNever.duration(.seconds(7 * 86_400))

  public init() {}

  public static let fields: [OptionField<Self>] = [
    .optional("alerts", \.alerts, "Alerts and their legs; \"never\" keeps all."),
    .optional("trades", \.trades, "Trades, where the sink is given them."),
    .optional("quotes", \.quotes, "Quotes, where the sink is given them."),
    .optional("windows", \.windows, "Window summaries, where the sink is given them."),
  ]
}
