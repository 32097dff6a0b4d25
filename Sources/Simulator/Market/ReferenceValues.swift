internal import ArbdFramework

/// What assets are worth in dollars when a simulation starts. Made up, in the usual order of magnitude.
enum ReferenceValues {
  private static let known: [String: Double] = [
    "BTC": 60_000, "ETH": 3_000, "SOL": 150, "BNB": 550, "LTC": 80, "XRP": 0.6, "ADA": 0.45, "DOGE": 0.12,
    "EUR": 1.08, "GBP": 1.27, "USD": 1, "USDT": 1, "USDC": 1,
  ]

  /// Assets whose value does not move here.
  static let steady: Set<String> = ["USD", "USDT", "USDC", "EUR", "GBP"]

  /// Assets that detectors may treat as one another.
  static let dollars: Set<String> = ["USD", "USDT", "USDC"]

  /// An asset that is not known gets a value from its name: between 1 and 1,000.
  static func value(of asset: String) -> Double {
    if let value = known[asset] { return value }
    var generator = SeededGenerator(seed: 0, key: asset)
    return 1 + 999 * generator.uniform()
  }

  static func price(of instrument: Instrument) -> Double {
    value(of: instrument.base) / value(of: instrument.quote)
  }
}
