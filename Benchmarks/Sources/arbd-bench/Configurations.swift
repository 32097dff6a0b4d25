import ArbdFramework

/// Texts of configurations.
enum Configurations {
  /// A spread detector for each instrument.
  static func text(
    source: String, venues: [String], instruments: [Instrument] = FrameTape.instruments
  ) -> String {
    let detectors = instruments.map { instrument in
      """
      {
        "name": "\(instrument)", "type": "spread", "instrument": "\(instrument)", "venues": \(venues),
        "window": { "size": "10s", "out_of_orderness": "2s" }
      }
      """
    }
    return """
      {
        "sources": [\(source)],
        "fees": { "coinbase": { "taker_bps": 60 }, "binance": { "taker_bps": 10 } },
        "detectors": [\(detectors.joined(separator: ",\n"))],
        "sinks": [{ "type": "none" }]
      }
      """
  }

  /// The replay of a capture of two venues.
  static func capture(_ path: String, instruments: [Instrument]) -> String {
    let names = instruments.map(\.description)
    return """
      {
        "type": "replay", "path": "\(path)", "format": "capture",
        "adapters": [
          { "type": "coinbase", "instruments": \(names) },
          { "type": "binance", "instruments": \(names) }
        ]
      }
      """
  }
}
