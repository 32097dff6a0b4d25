/// `filter`: which records a sink is given. Every key that is there must hold.
public struct FilterOptions: OptionGroup, Equatable {
  public var detectors: [String]?
  public var venues: [String]?
  public var instruments: [Instrument]?
  public var minimumGross: Double?
  public var minimumNet: Double?
  public var quietHours: QuietHours?
  public var cooldown: Duration?

  public init() {}

  public static let fields: [OptionField<Self>] = [
    .optional("detectors", \.detectors, "Alerts and windows of these detectors alone.", .nonEmpty, .distinct),
    .optional(
      "venues", \.venues,
      "Alerts all of whose legs are at these venues; trades and quotes of these; windows with one of these.", .nonEmpty,
      .distinct),
    .optional(
      "instruments", \.instruments, "Alerts with a leg in one of these; trades, quotes and windows of these.",
      .nonEmpty,
      .distinct),
    .optional("min_gross_bps", \.minimumGross, "Alerts of at least so much before fees.", .unit("basis points")),
    .optional("min_net_bps", \.minimumNet, "Alerts of at least so much after fees.", .unit("basis points")),
    .optional("quiet_hours", \.quietHours, "No alert that was detected between these times of day."),
    .optional(
      "cooldown", \.cooldown, "After an alert, none of the same detector over the same legs for this long.", .positive),
  ]
}

/// `quiet_hours`: a part of each day, in UTC. From 22:00 to 07:00 is a night.
public struct QuietHours: OptionGroup, Equatable {
  public var from = TimeOfDay(minutes: 0)
  public var to = TimeOfDay(minutes: 0)

  public init() {}

  public static let fields: [OptionField<Self>] = [
    .required("from", \.from, "Begins (UTC)."),
    .required("to", \.to, "Ends (UTC); exclusive."),
  ]

  public func validate(_ validator: inout OptionValidator) {
    if from == to { validator.error(at: "to", "is the same as \"from\", so no time is quiet") }
  }

  func contains(_ time: Timestamp) -> Bool {
    let day: Int64 = 86_400_000_000
    let ofDay = ((time.microseconds % day) + day) % day
    let minute = Int(ofDay / 60_000_000)
    if from.minutes < to.minutes { return (from.minutes..<to.minutes).contains(minute) }
    return minute >= from.minutes || minute < to.minutes
  }
}

/// `HH:MM`, from 00:00 to 23:59.
public struct TimeOfDay: OptionValue, Hashable {
  /// Since midnight.
  public let minutes: Int

  public init(minutes: Int) { self.minutes = minutes }

  init?(_ text: String) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2,
      parts.allSatisfy({ $0.utf8.count == 2 && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }),
      let hours = Int(parts[0]), let minutes = Int(parts[1]), hours < 24, minutes < 60
    else { return nil }
    self.minutes = hours * 60 + minutes
  }

  public static var typeName: String { "time of day" }
  public static var pluralName: String { "times of day" }
  public static var expectation: String { "a time of day such as \"22:00\"" }
  public static var schema: JSONTree { OptionSchema.text(pattern: "^([01][0-9]|2[0-3]):[0-5][0-9]$") }

  public static func decode(_ node: ConfigurationNode, _ decoder: inout OptionDecoder) -> TimeOfDay? {
    guard let text = decoder.string(node, expected: expectation) else { return nil }
    return TimeOfDay(text) ?? decoder.mismatch(node, expected: expectation)
  }

  public var encoded: JSONTree {
    func digits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    return .string("\(digits(minutes / 60)):\(digits(minutes % 60))")
  }
}
