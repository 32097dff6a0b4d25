import CAllocationCounter
import Glibc

/// What a benchmark found, per operation.
struct Measurement {
  var nanoseconds = 0.0
  /// Exactly counted: all calls of the allocator in the measured passes, divided by their operations.
  var allocations = 0.0
  /// Of the process while the benchmark ran, in bytes.
  var peakMemory = 0
  /// Of the reference, where both were measured in turn; NaN otherwise.
  var bareNanoseconds = Double.nan
  /// What else is worth saying.
  var note = ""
  /// Why the program must not end well.
  var failure: String?
}

/// How long to measure.
struct Effort {
  let warmUp: Duration
  let repetitions: Int
  let repetition: Duration
  /// Of whole runs.
  let runs: Int
  /// How much of the usual amount of data to make up: 1, or a part of it.
  let scale: Double

  static let full = Effort(
    warmUp: .milliseconds(300), repetitions: 7, repetition: .milliseconds(150), runs: 3, scale: 1)
  static let quick = Effort(
    warmUp: .milliseconds(50), repetitions: 3, repetition: .milliseconds(30), runs: 1, scale: 0.1)
}

/// Work on one thread that is done again and again.
struct Pass {
  /// Operations in one `run`.
  let operations: Int
  /// Done before each `run`; neither timed nor counted.
  var prepare: () -> Void = {}
  /// Gives a number that depends on all it did, so that none of it can be left out.
  let run: () -> Int
}

extension Effort {
  /// The median over the repetitions of the thread's own time: what other programs take of the machine is not in it.
  func measure(_ pass: Pass) -> Measurement {
    ProcessMemory.resetPeak()
    let start = ContinuousClock.now
    while ContinuousClock.now - start < warmUp { _ = once(pass) }
    // What is built up by the number of passes, not by their duration, is built up by now too.
    for _ in 0..<16 { _ = once(pass) }

    var samples: [Double] = []
    var allocations: UInt64 = 0
    var operations = 0
    for _ in 0..<repetitions {
      var spent: Int64 = 0
      var done = 0
      while spent < repetition.nanoseconds {
        let cost = once(pass)
        spent += cost.nanoseconds
        allocations += cost.allocations
        done += pass.operations
      }
      samples.append(Double(spent) / Double(done))
      operations += done
    }
    return Measurement(
      nanoseconds: samples.median, allocations: Double(allocations) / Double(operations),
      peakMemory: ProcessMemory.peak)
  }

  /// The same beside a reference, one pass of each in turn, so that what slows the machine slows both.
  func measure(_ pass: Pass, beside bare: Pass) -> Measurement {
    ProcessMemory.resetPeak()
    let start = ContinuousClock.now
    while ContinuousClock.now - start < warmUp { _ = (once(bare), once(pass)) }
    var (samples, bareSamples, allocations, passes) = ([Double](), [Double](), UInt64(0), 0)
    for _ in 0..<repetitions {
      var (spent, bareSpent, done): (Int64, Int64, Int) = (0, 0, 0)
      while spent < repetition.nanoseconds {
        bareSpent += once(bare).nanoseconds
        let cost = once(pass)
        spent += cost.nanoseconds
        allocations += cost.allocations
        done += 1
      }
      samples.append(Double(spent) / Double(done * pass.operations))
      bareSamples.append(Double(bareSpent) / Double(done * bare.operations))
      passes += done
    }
    let ratios = zip(samples, bareSamples).map { $0 / $1 }.sorted()
    var result = Measurement(
      nanoseconds: samples.median, allocations: Double(allocations) / Double(passes * pass.operations),
      peakMemory: ProcessMemory.peak)
    result.bareNanoseconds = result.nanoseconds / ratios.median
    if let least = ratios.first, let most = ratios.last {
      result.note = "in turn with the bare loop: \(least.text(2)) to \(most.text(2)) × bare"
    }
    return result
  }

  @inline(never)
  private func once(_ pass: Pass) -> (nanoseconds: Int64, allocations: UInt64) {
    pass.prepare()
    let allocations = allocations_of_thread()
    let start = threadTime()
    let result = pass.run()
    let end = threadTime()
    let counted = allocations_of_thread() - allocations
    Outcome.swallow(result)
    return (end - start, counted)
  }

  private func threadTime() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }
}

/// Where results go that nobody reads.
enum Outcome {
  nonisolated(unsafe) private static var total = 0

  @inline(never)
  static func swallow(_ value: Int) { total &+= value }
}

extension [Double] {
  /// The middle one; the upper of two.
  var median: Double { isEmpty ? .nan : sorted()[count / 2] }
}

extension Duration {
  var nanoseconds: Int64 { components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000 }
}
