internal import ArbdFramework

/// When clients have to have done something, lest they be disconnected.
struct IdleTimes: Sendable {
  /// Microseconds.
  private let limit: Int64
  private var deadlines: [ConnectionID: Timestamp] = [:]
  /// None is earlier.
  private var earliest: Timestamp?

  init(limit: Int64) { self.limit = limit }

  var next: Timestamp? { deadlines.isEmpty ? nil : earliest }

  /// The client has done something.
  mutating func note(_ id: ConnectionID, at time: Timestamp) {
    let deadline = Timestamp(microseconds: time.microseconds + limit)
    deadlines[id] = deadline
    earliest = min(earliest ?? deadline, deadline)
  }

  /// It may be idle from now on, or it is gone.
  mutating func forget(_ id: ConnectionID) { deadlines[id] = nil }

  /// Those whose time is up, which are forgotten.
  mutating func takeOverdue(at time: Timestamp) -> [ConnectionID] {
    guard let earliest, earliest <= time else { return [] }
    let overdue = deadlines.filter { $0.value <= time }.keys.sorted { $0.number < $1.number }
    for id in overdue { deadlines[id] = nil }
    self.earliest = deadlines.values.min()
    return overdue
  }
}
