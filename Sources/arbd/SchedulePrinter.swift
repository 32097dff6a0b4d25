import ArbdFramework
import ArbdSimulator
import ArgumentParser
import Foundation

/// Writes what will happen as JSON lines.
struct SchedulePrinter {
  private let file: FileHandle?

  /// Without a file, to standard output.
  init(file path: String?) throws {
    guard let path else {
      file = nil
      return
    }
    guard FileManager.default.createFile(atPath: path, contents: nil), let file = FileHandle(forWritingAtPath: path)
    else {
      printError("error: cannot write the schedule to \(path)")
      throw ExitCode(1)
    }
    self.file = file
  }

  func write(_ line: [UInt8]) throws {
    guard let file else { return try printOutput(String(decoding: line, as: UTF8.self)) }
    try file.write(contentsOf: Data(line))
  }

  static func line(_ endpoint: SimulatorEndpoints.Endpoint, start: Timestamp) -> String {
    "{\"venue\":\"\(endpoint.venue.rawValue)\",\"websocket\":\"\(endpoint.webSocketURL)\","
      + "\"rest\":\"\(endpoint.restURL)\",\"start_us\":\(start.microseconds)}\n"
  }

  static func line(_ fault: ScheduledFault, start: Timestamp) -> [UInt8] {
    let time =
      start.microseconds + fault.time.components.seconds * 1_000_000
      + fault.time.components.attoseconds / 1_000_000_000_000
    return Array("{\"fault\":\"\(fault.fault)\",\"start_us\":\(time)}\n".utf8)
  }
}

/// Prints what will be injected: all of it when the end is known, else an hour of simulated time ahead.
struct ScheduleAnnouncer {
  private let printer: SchedulePrinter
  private let markets: [SimulatedMarket]
  private let start: Timestamp
  private var schedule: InjectionSchedule
  private var next: Injection?

  static let ahead = Duration.seconds(3_600)

  init(_ simulator: Simulator, _ printer: SchedulePrinter, start: Timestamp) {
    self.printer = printer
    self.start = start
    markets = simulator.options.markets
    schedule = simulator.schedule
    next = schedule.next()
  }

  mutating func announce(before limit: Duration) throws {
    while let injection = next, .nanoseconds(injection.start) < limit {
      try printer.write(InjectionReport(injection, markets).line(start: start))
      next = schedule.next()
    }
  }

  /// For as long as there is something to come.
  mutating func run(speed: Double) async throws {
    let began = ContinuousClock.now
    while let injection = next {
      let due = (Duration.nanoseconds(injection.start) - ScheduleAnnouncer.ahead) / speed
      try await Task.sleep(until: began + due, clock: .continuous)
      try announce(before: .nanoseconds(injection.start) + .milliseconds(1))
    }
  }
}
