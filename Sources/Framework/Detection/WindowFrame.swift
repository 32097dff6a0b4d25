/// Where tumbling windows begin and end, and when they are over. All in microseconds.
///
/// Window n holds `n · size + offset ≤ event time < (n + 1) · size + offset`, before the epoch too.
struct WindowFrame: Sendable {
  let size: Int64
  let offset: Int64

  func number(at eventTime: Int64) -> Int64 { (eventTime - offset).flooredQuotient(size) }

  func start(of number: Int64) -> Int64 { number * size + offset }

  func end(of number: Int64) -> Int64 { start(of: number) + size }

  /// The watermark at which the window fires: one millisecond before its end, as in Flink, whose windows end at their
  /// last millisecond.
  func firingMark(of number: Int64) -> Int64 { end(of: number) - 1_000 }

  /// The last window that has fired at this watermark.
  func lastFired(at watermark: Int64) -> Int64 { (watermark - offset - size + 1_000).flooredQuotient(size) }
}
