internal import Foundation

/// How updates travel over a control socket: a line of JSON each, behind one that says who is speaking.
package enum DashboardLine {
  /// Rises with every change that an older dashboard could not read.
  package static let version = 1

  private struct Greeting: Codable {
    let arbd: String
    let dashboard: Int
  }

  /// What is no line of a daemon that this dashboard understands.
  package struct Fault: Error, CustomStringConvertible {
    package let description: String

    package init(description: String) { self.description = description }
  }

  /// The first line, with its end.
  package static func greeting(program: String) -> [UInt8] { line(Greeting(arbd: program, dashboard: version)) }

  package static func check(greeting bytes: [UInt8]) throws(Fault) {
    guard let greeting = try? decoder.decode(Greeting.self, from: Data(bytes)) else {
      throw Fault(description: "this is no control socket of arbd")
    }
    guard greeting.dashboard == version else {
      throw Fault(
        description: "the daemon is arbd \(greeting.arbd), whose dashboards speak version \(greeting.dashboard); "
          + "this one speaks \(version): use the daemon's own arbd")
    }
  }

  package static func encode(_ update: DashboardUpdate) -> [UInt8] { line(update) }

  /// All that there has been, for a newcomer. Of windows that are over only what the chart needs is told.
  package static func encode(all update: DashboardUpdate) -> [UInt8] {
    var update = update
    var newest: Set<String> = []
    for place in update.windows.indices.reversed() where !update.windows[place].routes.isEmpty {
      if newest.insert(update.windows[place].detector).inserted { continue }
      update.windows[place].routes = update.windows[place].routes.prefix(1).map { route in
        RouteRow(
          legs: [], spread: route.spread, grossBasisPoints: route.grossBasisPoints,
          netBasisPoints: route.netBasisPoints)
      }
    }
    return line(update)
  }

  package static func decode(_ bytes: [UInt8]) throws(Fault) -> DashboardUpdate {
    do {
      return try decoder.decode(DashboardUpdate.self, from: Data(bytes))
    } catch {
      throw Fault(description: "a line that is no update: \(error)")
    }
  }

  private static func line(_ value: some Encodable) -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    guard let data = try? encoder.encode(value) else { return [] }
    return Array(data) + [UInt8(ascii: "\n")]
  }

  private static var decoder: JSONDecoder {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return decoder
  }
}
