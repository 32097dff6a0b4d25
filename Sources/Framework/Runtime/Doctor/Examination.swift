internal import Foundation
package import Logging

/// Checks what a configuration names against the world: every source, detector and sink, all at the same time. Nothing is
/// delivered, and nothing recorded.
package struct Examination: Sendable {
  private let assembly: Assembly
  /// For each step that may take a while; the whole takes about twice as long at most.
  private let timeout: Duration
  private let means: ExaminationMeans
  private let logger: Logger

  package init(_ assembly: Assembly, timeout: Duration, _ means: ExaminationMeans, logger: Logger) {
    self.assembly = assembly
    self.timeout = timeout
    self.means = means
    self.logger = logger
  }

  /// Sources, detectors and sinks, in the order of the configuration.
  package func findings() async -> [Finding] {
    let sources = await withTaskGroup(of: [(name: String, findings: [Finding])].self) { group in
      group.addTask { await liveFindings() }
      for input in assembly.inputs {
        let check = SourceCheck(
          name: input.name, source: input.source, markets: assembly.markets, timeout: timeout)
        group.addTask { [(input.name, await check.findings())] }
      }
      for (place, output) in assembly.outputs.enumerated() {
        let name = "sinks[\(place)] \(output.name)"
        let check = SinkCheck(name: name, sink: output.sink, logger: logger, timeout: timeout)
        group.addTask { [(name, await check.findings())] }
      }
      return await group.reduce(into: [String: [Finding]]()) { known, found in
        for (name, findings) in found { known[name] = findings }
      }
    }
    let sinks = assembly.outputs.enumerated().flatMap { sources["sinks[\($0)] \($1.name)"] ?? [] }
    return assembly.sourceNames.flatMap { sources[$0] ?? [] } + detectorFindings + sinks
  }

  // MARK: Detectors

  private var detectorFindings: [Finding] {
    let open = assembly.inputs.filter { $0.source.provides == nil }.map(\.name)
    let provided = assembly.live.flatMap { $0.adapter.provides } + assembly.inputs.flatMap { $0.source.provides ?? [] }
    let check = DetectorCheck(provided: provided, others: open)
    return assembly.detectors.enumerated().map { place, detector in
      check.finding("detectors[\(place)] \(detector.settings.name)", detector)
    }
  }

  /// The strictest of the detectors' limits.
  private var offsetLimit: Duration {
    assembly.detectors.map(\.settings.window.maxClockSkew).min() ?? WindowOptions().maxClockSkew
  }

  // MARK: Live sources

  private func liveFindings() async -> [(name: String, findings: [Finding])] {
    guard !assembly.live.isEmpty else { return [] }
    let found = await withCheckedContinuation { continuation in
      let thread = Thread { continuation.resume(returning: probe()) }
      thread.name = "arbd probes"
      thread.start()
    }
    let listed = listFindings()
    return assembly.live.indices.map { place in
      let (source, findings) = (assembly.live[place], found[place] + (listed[place] ?? []))
      return (source.name, findings + (source.options.recording.map { [recording($0.path, source.name)] } ?? []))
    }
  }

  /// What the venues' lists say of the sources' instruments, by place of the source.
  private func listFindings() -> [Int: [Finding]] {
    let live = LiveMeans(now: means.now, attempts: nil) { [means] in try means.makeNetwork() }
    let service = InstrumentService(assembly.live, live, logger: logger)
    service.start()
    defer { service.stop() }
    var findings: [Int: [Finding]] = [:]
    var open = Set(service.targets.indices)
    let end = ContinuousClock.now + timeout
    while !open.isEmpty, .now < end {
      for news in service.waitForNews(atMost: end - .now) {
        switch news {
        case .list(let target, let list):
          open.remove(target)
          for place in service.targets[target].sources { findings[place] = [finding(list, of: assembly.live[place])] }
        case .failed(let target, let reason):
          open.remove(target)
          for place in service.targets[target].sources {
            findings[place] = [Finding(assembly.live[place].name, "instruments", .failed, "no list: \(reason)")]
          }
        }
      }
    }
    for target in open {
      for place in service.targets[target].sources {
        let reason = "no list within \(timeout.rough)"
        findings[place] = [Finding(assembly.live[place].name, "instruments", .failed, reason)]
      }
    }
    return findings
  }

  private func finding(_ list: InstrumentList, of source: LiveSource) -> Finding {
    let wanted = source.adapter.instruments
    let problems = wanted.compactMap { instrument -> String? in
      switch list[instrument]?.status {
      case .trading?: nil
      case .halted(let word)?: "\(instrument) is not traded now: \(word.printable)"
      case nil: list.complaint(about: instrument, at: source.venue.id)
      }
    }
    let text =
      problems.isEmpty ? "\(wanted.count) of \(wanted.count) listed and traded" : problems.joined(separator: "; ")
    return Finding(source.name, "instruments", problems.isEmpty ? .good : .failed, text)
  }

  private func probe() -> [[Finding]] {
    let network: any ProbedNetwork
    do {
      network = try means.makeNetwork()
    } catch {
      return assembly.live.map { [Finding($0.name, "connection", .failed, "\(error)")] }
    }
    let start = ContinuousClock.now
    let clock = LiveClock(elapsed: { ContinuousClock.now - start }, now: means.now)
    var run = ProbeRun(
      assembly.live, network, clock, attempts: means.attempts, markets: assembly.markets, timeout: timeout,
      offsetLimit: offsetLimit)
    return run.findings()
  }

  /// Without opening it, which would leave a file behind.
  private func recording(_ path: String, _ name: String) -> Finding {
    let exists = access(path, F_OK) == 0
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
    let isWritable = exists ? access(path, W_OK) == 0 : access(folder, W_OK | X_OK) == 0
    guard !isWritable else { return Finding(name, "record", .good, "\(path) can be written") }
    return Finding(name, "record", .failed, "cannot write \(path): \(String(cString: strerror(errno)))")
  }
}

/// What an examination needs that the framework does not have itself.
package struct ExaminationMeans: Sendable {
  /// Called on the thread that uses it.
  let makeNetwork: @Sendable () throws -> any ProbedNetwork
  /// The clock that the network stamps with.
  let now: @Sendable () -> Timestamp
  let attempts: AttemptFile?

  package init(
    now: @escaping @Sendable () -> Timestamp, attempts: AttemptFile?,
    makeNetwork: @escaping @Sendable () throws -> any ProbedNetwork
  ) {
    self.now = now
    self.attempts = attempts
    self.makeNetwork = makeNetwork
  }
}
