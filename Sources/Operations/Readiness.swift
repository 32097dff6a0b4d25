package import ArbdFramework

/// Whether every source and sink does its work, and why not.
package struct Readiness: Sendable, Equatable {
  /// A source or a sink.
  package struct Part: Sendable, Equatable {
    /// `sources[0] binance`, `sink alerts`
    package let name: String
    /// Empty when it is ready.
    package var problems: [String] = []
  }

  package private(set) var parts: [Part] = []
  /// Of the run as a whole; nil while it is at work.
  package let phase: String?

  package var isReady: Bool { phase == nil && parts.allSatisfy(\.problems.isEmpty) }

  package init(_ run: OperationsSnapshot) {
    phase = run.phase == .running ? nil : run.phase.rawValue
    for input in run.inputs {
      let problem = input.isOpen ? input.fault : "not open yet"
      parts.append(Part(name: input.name, problems: problem.map { [$0] } ?? []))
    }
    for (place, source) in run.venues.enumerated() where !run.venues[..<place].contains(source) {
      let connections = run.core?.connections.filter { $0.source == source } ?? []
      let problems = run.core == nil ? ["not started yet"] : connections.flatMap(Readiness.problems)
      parts.append(Part(name: source, problems: problems))
    }
    for sink in run.sinks {
      let problem = sink.isConnected ? sink.fault : "not connected yet"
      parts.append(Part(name: "sink \(sink.name)", problems: problem.map { [$0] } ?? []))
    }
  }

  /// A connection that is not live is one problem. Of one that is, a stream that is down is one each: refused, or never
  /// acknowledged. A stream that is stale is none, for markets may be quiet; `arbd_stream_state` shows it.
  private static func problems(of connection: ConnectionSnapshot) -> [String] {
    guard connection.state == .live else {
      return [text("connection \(connection.number)", connection.state, connection.reason)]
    }
    return connection.streams.filter { $0.state == .down }.map { stream in
      text("\(stream.channel.rawValue) of \(stream.market.instrument)", stream.state, stream.reason)
    }
  }

  private static func text(_ what: String, _ state: VenueStatus.State, _ reason: String) -> String {
    "\(what) is \(state.rawValue)" + (reason.isEmpty ? "" : ": \(reason)")
  }

  /// A line for each thing that is not ready; `ready` when there is none.
  package var text: String {
    var lines = phase.map { ["the run is \($0)"] } ?? []
    for part in parts { lines += part.problems.map { "\(part.name): \($0)" } }
    if lines.isEmpty { lines = ["ready"] }
    return lines.map { $0.split(whereSeparator: \.isNewline).joined(separator: " ") + "\n" }.joined()
  }
}
