/// The batches that a pipelined sink has on their way, in order.
struct SinkPipeline {
  /// A batch, and why it was not delivered; nil when it was.
  typealias Outcome = (batch: SinkRunner.Batch, failure: DeliveryError?)

  private static let mostBatches = 64

  private let sink: (any PipelinedSink)?
  private var underway: [SinkRunner.Batch] = []
  private var records = 0

  /// For any sink; one that is not pipelined begins nothing.
  init(_ sink: any Sink) { self.sink = sink as? any PipelinedSink }

  var isEmpty: Bool { underway.isEmpty }

  /// Whether a batch of so many records may be begun before one is finished.
  func hasRoom(for count: Int) -> Bool {
    guard let sink, !underway.isEmpty else { return true }
    return !isCrowded && records + count <= type(of: sink).pipelineLimit
  }

  /// So many that it is no use to wait for more: they are small, and come seldom.
  var isCrowded: Bool { underway.count >= SinkPipeline.mostBatches }

  /// False when the sink did not begin it.
  mutating func begin(_ batch: SinkRunner.Batch) async -> Bool {
    guard let sink else { return false }
    if !batch.records.isEmpty {
      do throws(DeliveryError) { try await sink.begin(batch.records) } catch { return false }
    }
    underway.append(batch)
    records += batch.records.count
    return true
  }

  /// Nil when none is on its way.
  mutating func finishFirst(hurrying: Bool) async -> Outcome? {
    guard let sink, !underway.isEmpty else { return nil }
    let batch = underway.removeFirst()
    records -= batch.records.count
    guard !batch.records.isEmpty else { return (batch, nil) }
    do throws(DeliveryError) {
      try await sink.finishFirst(hurrying: hurrying)
      return (batch, nil)
    } catch {
      return (batch, error)
    }
  }
}
