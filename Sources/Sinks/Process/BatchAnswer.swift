import ArbdFramework

/// What a program says of a batch.
///
///     {"batch":7}                                           all of it is where it belongs
///     {"batch":7,"rejected":[0,3],"reason":"no such desk"}  these it will never take; the others are where they belong
///     {"batch":7,"retry":"the disk is full","after_ms":500} give it again
///     {"batch":7,"stop":"the account is closed"}            no batch can be delivered any more
struct BatchAnswer: Equatable {
  var batch: Int64 = 0
  var retry: String?
  var stop: String?
  var delay: Duration?
  var rejected: Set<Int> = []
  var reason: String?

  /// Nil where the line is no answer.
  init?(_ line: RawSpan) {
    var number: Int64?
    do throws(JSONError) {
      var json = JSONScanner(line)
      try json.beginObject()
      while let key = try json.nextKey() {
        if key == "batch" {
          number = try json.readWholeNumber()
        } else if key == "retry" {
          retry = try json.readString().string
        } else if key == "stop" {
          stop = try json.readString().string
        } else if key == "reason" {
          reason = try json.readString().string
        } else if key == "after_ms" {
          delay = .milliseconds(min(max(0, try json.readWholeNumber()), 86_400_000))
        } else if key == "rejected" {
          try json.beginArray()
          while try json.nextElement() { rejected.insert(Int(clamping: try json.readWholeNumber())) }
        } else {
          try json.skipValue()
        }
      }
      try json.finish()
    } catch {
      return nil
    }
    guard let number else { return nil }
    batch = number
  }

  /// For a batch of so many records.
  func result(count: Int) -> Result<Void, DeliveryError> {
    if let stop { return .failure(DeliveryError(stop.words, verdict: .stop)) }
    if let retry { return .failure(DeliveryError(retry.words, verdict: .retry(after: delay))) }
    if rejected.isEmpty { return .success(()) }
    guard rejected.allSatisfy((0..<count).contains) else {
      return .failure(DeliveryError("it rejects records that were not in the batch", verdict: .reconnect))
    }
    let others = Set(0..<count).subtracting(rejected)
    return .failure(
      DeliveryError((reason ?? "rejected without a reason").words, verdict: .reject(rejected), delivered: others))
  }
}

extension String {
  /// Short, and safe to print.
  fileprivate var words: String { String(printable.prefix(500)) }
}
