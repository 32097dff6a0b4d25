/// A sink that can have several batches on their way, where one that waits for each would mostly wait: for a broker's
/// answer, say.
///
/// Market data takes this way, while it comes faster than it is delivered, and so do alerts that no journal keeps. The
/// runtime calls `begin` for one batch after the other, in order, and `finishFirst` once for each of them; when none is on
/// its way it may call `deliver` instead. `close` gives up those that are.
public protocol PipelinedSink: Sink {
  /// How many records may be on their way at once.
  static var pipelineLimit: Int { get }

  /// Sets out to deliver a batch; returns as soon as the next may be begun. What throws is not begun.
  func begin(_ batch: [Record]) async throws(DeliveryError)

  /// Returns once the batch that was begun first, of those not finished, is delivered; throws as `deliver` does, also when
  /// none is on its way. What throws is delivered by `deliver`, once none is on its way any more.
  /// `hurrying`: there is no other to begin, so nothing shall wait for more to be sent with it.
  func finishFirst(hurrying: Bool) async throws(DeliveryError)
}
