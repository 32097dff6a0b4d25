internal import ArbdFramework
internal import ArbdKafka

/// What became of a batch, record by record, and what is to be done about it.
///
/// A broker answers for many records at once: where it refuses them for what is in one, the others are sent again without
/// it, by halves, so that only that one is refused.
struct KafkaDelivery {
  private var waiting: [[Int]]
  private var delivered: [Int] = []
  private var refused: [Int: KafkaError] = [:]
  private var failed: [Int: KafkaError] = [:]

  /// Whether nothing else was on its way with it. What a broker refuses for one record may else be another batch's.
  private let isAlone: Bool

  init(_ places: [Int], isAlone: Bool = true) {
    waiting = places.isEmpty ? [] : [places]
    self.isAlone = isAlone
  }

  /// The places of the batch to send next; nil when all have been.
  mutating func next() -> [Int]? { waiting.popLast() }

  /// `answers`: nil when all are acknowledged.
  mutating func answered(_ places: [Int], _ answers: [KafkaError?]?) {
    guard let answers else {
      delivered += places
      return
    }
    var again: [Int] = []
    for (place, answer) in zip(places, answers) {
      switch answer?.kind {
      case nil: delivered.append(place)
      case .refused:
        guard let answer, answer.concernsBatch else {
          refused[place] = answer
          continue
        }
        if !isAlone {
          failed[place] = answer
        } else if places.count > 1 {
          again.append(place)
        } else {
          refused[place] = answer
        }
      case .passing, .fatal: failed[place] = answer
      }
    }
    guard again.count > 1 else {
      if !again.isEmpty { waiting.append(again) }
      return
    }
    let middle = again.count / 2
    waiting.append(Array(again[middle...]))
    waiting.append(Array(again[..<middle]))
  }

  /// Nil when everything arrived. What is refused goes first: the rest is then tried at once.
  func error(lastFault: String?) -> DeliveryError? {
    if let (_, error) = refused.min(by: { $0.key < $1.key }) {
      return DeliveryError("Kafka refuses it: \(error)", verdict: .reject(Set(refused.keys)), delivered: Set(delivered))
    }
    guard let (_, error) = failed.min(by: { $0.key < $1.key }) else { return nil }
    if let fatal = failed.values.first(where: { $0.kind == .fatal }) {
      return DeliveryError("the producer is of no more use: \(fatal)", verdict: .reconnect, delivered: Set(delivered))
    }
    let cause = lastFault.map { " (\($0))" } ?? ""
    return DeliveryError("not acknowledged: \(error)\(cause)", verdict: .retry(), delivered: Set(delivered))
  }
}
