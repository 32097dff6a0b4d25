import ArbdFramework
import ArbdSimulator
import ArgumentParser
import Foundation
import UnixSignals

struct SimulateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "simulate",
    abstract: "Serves simulated venues on loopback, with price differences and faults on a schedule.",
    discussion: """
      Prints JSON lines: where each venue is, then what is injected when. A line "fault VENUE KIND …" on standard \
      input causes a fault at once, "stop" ends the simulation. Faults are:

      \(Fault.grammar)

      "one" as the last word hits one connection instead of all. Venues are \(VenueKind.allCases.map(\.rawValue).joined(separator: ", ")).
      """)

  @ArgumentParser.OptionGroup var markets: MarketArguments
  @ArgumentParser.OptionGroup var scenario: ScenarioArguments

  @Option(help: ArgumentHelp("A venue's port; repeatable. Without it a free one is taken.", valueName: "venue=port"))
  var port: [String] = []

  @Option(help: ArgumentHelp("The IPv4 address to listen on.", valueName: "address"))
  var listen = "127.0.0.1"

  @Option(help: ArgumentHelp("Serve TLS with this certificate chain (PEM).", valueName: "file"))
  var tlsCertificate: String?

  @Option(help: ArgumentHelp("The certificate's key (PEM).", valueName: "file"))
  var tlsKey: String?

  @Option(help: ArgumentHelp("Stop after this much simulated time, as in 30s.", valueName: "duration"))
  var duration: TimeLimit?

  @Option(help: ArgumentHelp("Write the schedule there instead of to standard output.", valueName: "file"))
  var schedule: String?

  func run() async throws {
    signal(SIGPIPE, SIG_IGN)
    let options: SimulatorOptions
    let simulator: Simulator
    let endpoints: SimulatorEndpoints
    do {
      options = try makeOptions()
      simulator = try Simulator(options)
      endpoints = try simulator.start()
    } catch let error as ScenarioError {
      throw failure("\(error)")
    } catch let error as SimulatorError {
      throw failure("\(error)")
    }
    defer { simulator.stop() }
    let printer = try SchedulePrinter(file: schedule)
    for endpoint in endpoints.all { try printOutput(SchedulePrinter.line(endpoint, start: endpoints.start)) }
    for fault in options.faults { try printer.write(SchedulePrinter.line(fault, start: endpoints.start)) }
    var announcer = ScheduleAnnouncer(simulator, printer, start: endpoints.start)
    let length = duration?.duration
    try announcer.announce(before: length ?? ScheduleAnnouncer.ahead)
    let announcing = Task { [announcer] in
      var announcer = announcer
      if length == nil { try await announcer.run(speed: options.speed) }
    }
    // Before anything can ask for the end: the signal must not be met by its default.
    let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
    let control = Thread { ControlLines(simulator).read() }
    control.start()
    let end = length.map { length in
      Task {
        try await Task.sleep(for: length / options.speed)
        kill(getpid(), SIGTERM)
      }
    }
    for await _ in signals { break }
    end?.cancel()
    announcing.cancel()
  }

  private func makeOptions() throws -> SimulatorOptions {
    var options = SimulatorOptions()
    try markets.apply(to: &options)
    try scenario.apply(to: &options)
    options.address = listen
    for text in port {
      let parts = text.split(separator: "=").map(String.init)
      guard parts.count == 2, let kind = VenueKind(rawValue: parts[0]), let number = UInt16(parts[1]),
        let place = options.venues.firstIndex(where: { $0.kind == kind })
      else { throw failure("--port \(text): name a simulated venue and its port, as in coinbase=8001") }
      options.venues[place].port = number
    }
    switch (tlsCertificate, tlsKey) {
    case (nil, nil): break
    case (let certificate?, let key?): options.tls = TLSFiles(certificate: certificate, key: key)
    default: throw failure("--tls-certificate and --tls-key belong together")
    }
    return options
  }

  private func failure(_ text: String) -> any Error {
    printError("error: \(text)")
    return ExitCode(1)
  }
}

/// Reads orders from standard input, line by line.
private struct ControlLines {
  let simulator: Simulator

  init(_ simulator: Simulator) { self.simulator = simulator }

  func read() {
    while let line = readLine() {
      let words = line.split(separator: " ", maxSplits: 1)
      switch words.first {
      case nil: break
      case "stop": kill(getpid(), SIGTERM)
      case "fault" where words.count == 2:
        do throws(ScenarioError) {
          simulator.inject(try Fault(String(words[1])))
        } catch {
          printError("error: \(error)")
        }
      default: printError("error: \"\(line)\" is neither \"fault VENUE KIND …\" nor \"stop\"")
      }
    }
  }
}
