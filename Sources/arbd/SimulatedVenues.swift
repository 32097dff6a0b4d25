import ArbdFramework
import ArbdSimulator
import Foundation
import Logging

/// The venues that a configuration wants simulated, at work.
struct SimulatedVenues {
  private let simulator: Simulator

  /// Starts a simulator for the sources that ask for one, and tells them where it is; nil when none does.
  init?(for assembly: inout Assembly, logger: Logger) throws {
    let sources = assembly.simulated
    guard !sources.isEmpty else { return nil }
    simulator = try SimulatedVenues.simulator(for: sources)
    let endpoints = try simulator.start()
    assembly.setSimulated(try SimulatedVenues.addresses(of: endpoints, for: sources))
    for endpoint in endpoints.all {
      logger.notice("simulating \(endpoint.venue.rawValue) at \(endpoint.webSocketURL)")
    }
  }

  func stop() { simulator.stop() }

  /// What is simulated lists just what the sources ask for; prices differ now and then, so that there is something to see.
  private static func simulator(
    for sources: [(venue: String, adapter: any ExchangeAdapter)]
  ) throws -> Simulator {
    var options = SimulatorOptions()
    options.venues = []
    for (venue, adapter) in sources {
      guard let kind = VenueKind(rawValue: venue) else {
        let known = VenueKind.allCases.map(\.rawValue).joined(separator: ", ")
        throw SimulatorMissing(venue: venue, known: known)
      }
      if let place = options.venues.firstIndex(where: { $0.kind == kind }) {
        let more = adapter.instruments.filter { !options.venues[place].instruments.contains($0) }
        options.venues[place].instruments += more
      } else {
        options.venues.append(SimulatorOptions.Venue(kind, instruments: adapter.instruments))
      }
    }
    options.periodicInjections = InjectionSchedule.Periodic(interval: .seconds(8), duration: .seconds(6), bps: 60)
    return try Simulator(options)
  }

  private static func addresses(
    of endpoints: SimulatorEndpoints, for sources: [(venue: String, adapter: any ExchangeAdapter)]
  ) throws -> [String: String] {
    var addresses: [String: String] = [:]
    for (venue, adapter) in sources {
      guard let kind = VenueKind(rawValue: venue), let endpoint = endpoints[kind] else { continue }
      // The path is the venue's own.
      let own = adapter.venue.endpoint
      let path = URLComponents(string: own)?.path ?? ""
      addresses[venue] = endpoint.webSocketURL + path
    }
    return addresses
  }
}

/// A venue that the simulator does not know.
struct SimulatorMissing: Error, CustomStringConvertible {
  let venue: String
  let known: String

  var description: String { "\(venue) cannot be simulated; these can: \(known)" }
}
