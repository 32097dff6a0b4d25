/// The best spread of a detector or of one of its pairs over time, in steps of a second for the last twenty minutes and of
/// twelve seconds for the last four hours. Its memory is fixed, whatever comes.
package struct SpreadSeries: Sendable, Equatable {
  /// What a step kept: of all points in it, the largest of each.
  package struct Step: Sendable, Equatable {
    package var net: Float
    package var gross: Float
    /// In the quote asset; NaN for a cycle.
    package var spread: Float
    package var alerts: UInt16
  }

  /// A ring of steps of one length.
  private struct Ring: Sendable, Equatable {
    let length: Int64
    var steps: [Step?] = []
    /// Number of the newest step since the epoch.
    var newest: Int64 = .min

    static let capacity = 1_200

    mutating func add(_ step: Step, at time: Int64) {
      let number = time / length
      if newest == .min { newest = number }
      guard number > newest - Int64(Ring.capacity) else { return }
      if steps.isEmpty { steps = [Step?](repeating: nil, count: Ring.capacity) }
      if number > newest {
        let passed = min(number - newest, Int64(Ring.capacity))
        for back in 0..<passed { steps[place(number - back)] = nil }
        newest = number
      }
      let place = place(number)
      steps[place] = steps[place].map { $0.joined(step) } ?? step
    }

    func place(_ number: Int64) -> Int {
      let rest = Int(number % Int64(Ring.capacity))
      return rest < 0 ? rest + Ring.capacity : rest
    }

    func step(_ number: Int64) -> Step? {
      guard newest != .min, number <= newest, number > newest - Int64(Ring.capacity), !steps.isEmpty else { return nil }
      return steps[place(number)]
    }
  }

  private var fine = Ring(length: 1_000_000)
  private var coarse = Ring(length: 12_000_000)
  /// Of the newest point.
  package private(set) var newestTime: Int64 = .min

  package init() {}

  package mutating func add(net: Double, gross: Double, spread: Double?, alerts: Int, at time: Int64) {
    let step = Step(
      net: Float(net), gross: Float(gross), spread: spread.map { Float($0) } ?? .nan,
      alerts: UInt16(clamping: alerts))
    fine.add(step, at: time)
    coarse.add(step, at: time)
    newestTime = max(newestTime, time)
  }

  /// The range cut into `count` columns, oldest first; nil where a column holds no point.
  package func columns(from start: Int64, to end: Int64, count: Int) -> [Step?] {
    guard count > 0, end > start else { return [] }
    let ring = end - start <= fine.length * Int64(Ring.capacity) ? fine : coarse
    var columns = [Step?](repeating: nil, count: count)
    guard ring.newest != .min else { return columns }
    let first = max(start / ring.length, ring.newest - Int64(Ring.capacity) + 1)
    let last = min(end / ring.length, ring.newest)
    guard first <= last else { return columns }
    let width = Double(end - start)
    for number in first...last {
      guard let step = ring.step(number) else { continue }
      // By the middle of the step, so that one at either edge counts.
      let offset = Double(number * ring.length + ring.length / 2 - start)
      let column = min(count - 1, max(0, Int(offset / width * Double(count))))
      columns[column] = columns[column].map { $0.joined(step) } ?? step
    }
    return columns
  }
}

extension SpreadSeries.Step {
  fileprivate func joined(_ other: SpreadSeries.Step) -> SpreadSeries.Step {
    SpreadSeries.Step(
      net: max(net, other.net), gross: max(gross, other.gross),
      spread: spread.isNaN ? other.spread : other.spread.isNaN ? spread : max(spread, other.spread),
      alerts: alerts &+ min(other.alerts, .max - alerts))
  }
}
