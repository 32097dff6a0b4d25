import Glibc

/// Values of assets and what venues make of them, moving in small steps of time.
///
/// The logarithm of an asset's value is a random walk; all walks share a common part, so that they are correlated. Each
/// venue adds to each asset a basis that returns to 0 (Ornstein and Uhlenbeck). A market's price is the quotient of its
/// two assets' values at its venue, so what is consistent in itself stays so: without an injected error a triangle within
/// a venue closes, up to spread and tick.
struct Fundamentals: Sendable {
  struct Asset: Sendable {
    let name: String
    var logValue: Double
    let isSteady: Bool
  }

  struct Basis: Sendable {
    let asset: Int
    var logBasis = 0.0
    /// Injected on top.
    var shift = 0.0
    /// While something is injected the basis is left out, so that the injected size is what shows.
    var injections = 0
  }

  /// Steps are this long.
  static let step: Int64 = 10_000_000
  private static let stepSeconds = 0.01
  /// Standard deviation of an asset's move in a second: 60 % a year.
  private static let volatility = 1.07e-4
  private static let correlation = 0.7
  /// Of a venue's basis: standard deviation, and the time in which it returns by a factor e.
  private static let basisDeviation = 0.5e-4
  private static let basisSeconds = 30.0

  private var generator: SeededGenerator
  private let volatility: Double
  private(set) var assets: [Asset] = []
  var bases: [Basis] = []
  /// Nanoseconds since the start.
  private(set) var time: Int64 = 0

  /// `volatility`: 1 is as above, 0 stands still.
  init(seed: UInt64, volatility: Double) {
    generator = SeededGenerator(seed: seed, key: "fundamentals")
    self.volatility = volatility
  }

  mutating func asset(_ name: String) -> Int {
    if let known = assets.firstIndex(where: { $0.name == name }) { return known }
    let value = ReferenceValues.value(of: name)
    assets.append(Asset(name: name, logValue: log(value), isSteady: ReferenceValues.steady.contains(name)))
    return assets.count - 1
  }

  mutating func addBasis(asset: Int) -> Int {
    bases.append(Basis(asset: asset))
    return bases.count - 1
  }

  /// The logarithm of an asset's value at the venue that the basis belongs to.
  func logValue(_ basis: Int) -> Double {
    let entry = bases[basis]
    return assets[entry.asset].logValue + (entry.injections == 0 ? entry.logBasis : 0) + entry.shift
  }

  /// Takes all steps that end at or before `time`.
  mutating func advance(to time: Int64) {
    guard volatility > 0 else {
      self.time = max(self.time, time)
      return
    }
    while self.time + Fundamentals.step <= time { takeStep() }
  }

  private mutating func takeStep() {
    time += Fundamentals.step
    let scale = volatility * Fundamentals.volatility * Fundamentals.stepSeconds.squareRoot()
    let common = generator.normal() * Fundamentals.correlation.squareRoot()
    let own = (1 - Fundamentals.correlation).squareRoot()
    for place in assets.indices where !assets[place].isSteady {
      let move = assets[place].logValue + scale * (common + own * generator.normal())
      // Twenty powers of e either way: a walk of years must not leave what integers hold.
      assets[place].logValue = min(max(move, -20), 20)
    }
    let decay = exp(-Fundamentals.stepSeconds / Fundamentals.basisSeconds)
    let noise = volatility * Fundamentals.basisDeviation * (1 - decay * decay).squareRoot()
    for place in bases.indices where !assets[bases[place].asset].isSteady {
      bases[place].logBasis = bases[place].logBasis * decay + noise * generator.normal()
    }
  }
}
