/// One line of the table.
struct Benchmark {
  /// What a line is for, within the lines that are about the same data.
  enum Role {
    case subject
    /// Touches the same data and does nothing with it.
    case bare
    /// The same result by Foundation.
    case foundation
  }

  /// The data: lines of one group are compared with its references.
  let group: String
  let name: String
  var role = Role.subject
  /// What one operation is.
  var unit = "event"
  /// Whether each event of a run goes this way, so that it must not allocate.
  var isOnEventPath = false
  /// The rate that is asked for, in millions a second.
  var requiredRate: Double?
  /// How many times the reference it may take.
  var requiredRatio: Double?
  let measure: (Effort) throws -> Measurement
}

extension Benchmark {
  /// A benchmark of passes on one thread; `make` makes up the data.
  static func passes(
    _ group: String, _ name: String, role: Role = .subject, unit: String = "event", isOnEventPath: Bool = false,
    required: Double? = nil, _ make: @escaping () throws -> Pass
  ) -> Benchmark {
    Benchmark(
      group: group, name: name, role: role, unit: unit, isOnEventPath: isOnEventPath, requiredRate: required
    ) { effort in
      effort.measure(try make())
    }
  }
}

extension Benchmark {
  /// The same, measured in turn with a reference; `make` gives both.
  static func passes(
    _ group: String, _ name: String, unit: String, required: Double? = nil, atMost ratio: Double? = nil,
    beside make: @escaping () throws -> (pass: Pass, bare: Pass)
  ) -> Benchmark {
    Benchmark(group: group, name: name, unit: unit, requiredRate: required, requiredRatio: ratio) { effort in
      let (pass, bare) = try make()
      return effort.measure(pass, beside: bare)
    }
  }
}

/// A benchmark and what it found.
struct Result {
  let benchmark: Benchmark
  let measurement: Measurement
}

extension Result {
  /// What must not be; nil when all is well.
  var failure: String? {
    if let failure = measurement.failure { return failure }
    guard benchmark.isOnEventPath, measurement.allocations > 0 else { return nil }
    return "allocates on the path of an event: \(measurement.allocations) times each \(benchmark.unit)"
  }
}
