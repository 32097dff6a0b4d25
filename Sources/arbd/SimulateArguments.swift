import ArbdFramework
import ArbdSimulator
import ArgumentParser
import Foundation

/// Which markets are simulated, and how lively they are.
struct MarketArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A venue and what it lists; repeatable. Without it, all venues with a few instruments each.",
      valueName: "venue=BASE-QUOTE,…"))
  var venue: [String] = []

  @Option(help: ArgumentHelp("Trades a second for each market.", valueName: "number"))
  var rate = 5.0

  @Option(help: ArgumentHelp("Changes of the best bid or ask a second, besides those of trades.", valueName: "number"))
  var quoteRate = 5.0

  @Option(help: ArgumentHelp("Levels a side of each order book.", valueName: "number"))
  var bookDepth = MarketModel.usualDepth

  @Option(help: ArgumentHelp("Decides all that is random.", valueName: "number"))
  var seed: UInt64 = 1

  @Option(help: ArgumentHelp("How much faster than real time it goes, pings and lifetimes too.", valueName: "factor"))
  var speed = 1.0

  @Option(help: ArgumentHelp("How much prices move: 1 is usual, 0 stands still.", valueName: "factor"))
  var volatility = 1.0

  @Option(help: ArgumentHelp("The first moment of simulated time; without it, now.", valueName: "microseconds"))
  var startUs: Int64?

  func apply(to options: inout SimulatorOptions) throws {
    if !venue.isEmpty { options.venues = try venue.map(MarketArguments.venue) }
    options.rates = MarketModel.Rates(trades: rate, quotes: quoteRate)
    options.bookDepth = bookDepth
    options.seed = seed
    options.speed = speed
    options.volatility = volatility
    if let startUs {
      guard Timestamp.readableMicroseconds.contains(startUs) else { throw ScenarioError("--start-us is out of range") }
      options.startTime = Timestamp(microseconds: startUs)
    }
  }

  private static func venue(_ text: String) throws -> SimulatorOptions.Venue {
    let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
    guard let name = parts.first, let kind = VenueKind(rawValue: name) else {
      let known = VenueKind.allCases.map(\.rawValue).joined(separator: ", ")
      throw ScenarioError("--venue \(text): the simulator has \(known)")
    }
    guard parts.count == 2 else { return SimulatorOptions.Venue(kind) }
    let instruments = try parts[1].split(separator: ",").map { name in
      guard let instrument = Instrument(name) else {
        throw ScenarioError("--venue \(text): \"\(name)\" is no instrument such as BTC-USD")
      }
      return instrument
    }
    return SimulatorOptions.Venue(kind, instruments: instruments)
  }
}

/// What happens when.
struct ScenarioArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      A price difference; repeatable: "10s spread BTC coinbase binance 80bps 5s" (sold at the first venue for more \
      than it is bought for at the second) or "20s triangle binance ETH-BTC 40bps 5s".
      """, valueName: "injection"))
  var inject: [String] = []

  @Option(help: ArgumentHelp("Besides, one at each multiple of this, of all kinds in turn.", valueName: "duration"))
  var injectEvery: TimeLimit?

  @Option(help: ArgumentHelp("How long each of those lasts.", valueName: "duration"))
  var injectFor = TimeLimit(.seconds(5))

  @Option(help: ArgumentHelp("How large they are, in basis points.", valueName: "number"))
  var injectSize = 60.0

  @Option(help: ArgumentHelp("A fault; repeatable: \"30s coinbase stall 5s\".", valueName: "fault"))
  var fault: [String] = []

  @Option(
    help: ArgumentHelp("A JSON file with lists of \"injections\" and \"faults\", written as here.", valueName: "file"))
  var scenario: String?

  func apply(to options: inout SimulatorOptions) throws {
    if let scenario {
      guard let text = FileManager.default.contents(atPath: scenario) else {
        throw ScenarioError("\(scenario): cannot read it")
      }
      do throws(ScenarioError) {
        let read = try Scenario(json: Array(text))
        options.injections += read.injections
        options.faults += read.faults
      } catch {
        throw ScenarioError("\(scenario): \(error)")
      }
    }
    for text in inject { options.injections.append(try Injection(text)) }
    for text in fault { options.faults.append(try ScheduledFault(text)) }
    if let injectEvery {
      guard injectSize > 0, injectSize <= 5_000 else { throw ScenarioError("--inject-size is above 0, at most 5000") }
      options.periodicInjections = InjectionSchedule.Periodic(
        interval: injectEvery.duration, duration: injectFor.duration, bps: injectSize)
    }
  }
}
