internal import CRdKafka
internal import Foundation
internal import Synchronization

/// The thread that takes what a producer has to say. It blocks in librdkafka; `stop` makes it return.
final class KafkaPoller: @unchecked Sendable {
  private let client: KafkaClient
  private let events: KafkaEvents
  private let queue: OpaquePointer?
  private let isStopped = Atomic<Bool>(false)
  private let hasEnded = DispatchSemaphore(value: 0)

  init(_ client: KafkaClient, _ events: KafkaEvents) {
    self.client = client
    self.events = events
    queue = rd_kafka_queue_get_main(client.handle)
  }

  deinit { if let queue { rd_kafka_queue_destroy(queue) } }

  func start() {
    let thread = Thread { [self] in
      while !self.isStopped.load(ordering: .acquiring) { self.handle(rd_kafka_queue_poll(self.queue, -1)) }
      // What was purged meanwhile is still to be reported.
      while let event = rd_kafka_queue_poll(self.queue, 0) { self.handle(event) }
      self.hasEnded.signal()
    }
    thread.name = "arbd kafka"
    thread.start()
  }

  /// Returns once the thread is through.
  func stop() {
    isStopped.store(true, ordering: .releasing)
    rd_kafka_queue_yield(queue)
    hasEnded.wait()
  }

  private func handle(_ event: OpaquePointer?) {
    guard let event else { return }
    defer { rd_kafka_event_destroy(event) }
    switch rd_kafka_event_type(event) {
    case RD_KAFKA_EVENT_DR: KafkaProducer.Shipment.take(event)
    case RD_KAFKA_EVENT_ERROR:
      let code = rd_kafka_event_error(event)
      let text = rd_kafka_event_error_string(event) ?? rd_kafka_err2str(code)
      events.failed(text.map { String(cString: $0) } ?? "", isSummary: code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN)
    case RD_KAFKA_EVENT_STATS:
      guard let json = rd_kafka_event_stats(event) else { return }
      events.reported(UnsafeRawBufferPointer(start: json, count: strlen(json)))
    default: break
    }
  }
}
