internal import Dispatch

/// A thread of its own for each sink: deliveries write to files, pipes and sockets and may block, which must hold up
/// neither the other sinks nor the handling of signals.
final class SinkExecutor: TaskExecutor {
  private let queue: DispatchQueue

  init(name: String) { queue = DispatchQueue(label: "arbd sink \(name)") }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
  }
}
