internal import ArbdFramework

/// How long after their events records were received: a unit that is misread is off by a thousand, so a day tells.
struct LagCheck {
  private var least = Int64.max
  private var most = Int64.min

  /// Throws what is wrong, without saying where.
  mutating func note(_ event: Timestamp, _ receive: Timestamp) throws(Fault) {
    let (lag, overflow) = receive.microseconds.subtractingReportingOverflow(event.microseconds)
    guard !overflow, lag.magnitude < 86_400_000_000 else {
      throw Fault(text: "event time \(event), received \(receive); is the unit right?")
    }
    (least, most) = (min(least, lag), max(most, lag))
  }

  func result() throws(Finding) -> String {
    guard least <= most else { throw .unknown("nothing came") }
    guard least > -60_000_000 else { throw .wrong("an event time is \(-least / 1_000) ms after its receive time") }
    return "received \(least / 1_000) to \(most / 1_000) ms after the event"
  }

  struct Fault: Error {
    let text: String
  }
}
