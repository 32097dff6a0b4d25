import ArbdFramework
import ArbdTransport
import ArgumentParser
import Foundation
import Logging

struct TestSinkCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "test-sink", abstract: "Sends a sample alert to one sink of a configuration.")

  @Argument(help: ArgumentHelp("The sink's name, which is its type where it has none.", valueName: "sink"))
  var sink: String

  @ArgumentParser.OptionGroup var file: ConfigurationFile

  func run() async throws {
    signal(SIGPIPE, SIG_IGN)
    let configuration = try file.load()
    guard let item = configuration.sinks.first(where: { $0.name == sink }) else {
      let names = configuration.sinks.map(\.name).joined(separator: ", ")
      printError("\(file.config): error: no sink is named \"\(sink)\"; there are: \(names)")
      throw ExitCode(1)
    }
    let logger = Logger(label: "arbd") { TerminalLogHandler(label: $0) }
    let context = PluginContext(logger: logger, name: item.name, markets: MarketTable())
    let made = try item.make(context)
    guard type(of: made).accepts.contains(.alert) else {
      printError("sink \(sink): takes no alerts, so there is nothing to send")
      throw ExitCode(1)
    }
    do throws(DeliveryError) {
      try await made.connect()
      try await made.deliver([.alert(.sample(at: .systemClock))])
      await made.close()
    } catch {
      await made.close()
      printError("sink \(sink): error: \(error)")
      throw ExitCode(1)
    }
    printError("sink \(sink): a sample alert of detector \"arbd\" was delivered")
  }
}

extension Alert {
  /// Made up; its detector has the name that no other can have.
  fileprivate static func sample(at now: Timestamp) -> Alert {
    let end = Timestamp(microseconds: now.microseconds / 10_000_000 * 10_000_000)
    return Alert(
      detector: "arbd", type: "spread", windowStart: Timestamp(microseconds: end.microseconds - 10_000_000),
      windowEnd: end,
      legs: [
        Leg(
          side: .buy, market: Market(venue: "binance", instrument: Instrument(base: "BTC", quote: "USDT")),
          price: 60_044, feeBasisPoints: 10),
        Leg(
          side: .sell, market: Market(venue: "coinbase", instrument: Instrument(base: "BTC", quote: "USD")),
          price: 60_091.25, feeBasisPoints: 60),
      ], spread: 47.25, grossBasisPoints: 7.869, netBasisPoints: -62.13, detectedAt: now)
  }
}
