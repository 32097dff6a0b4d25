import ArbdFramework

/// The JSON scanner by itself: each key and value of a frame is read past and checked.
enum ScannerBenchmarks {
  private static let count = 8_192

  static var all: [Benchmark] {
    [FrameKind.coinbaseMatch, .binanceTrade, .binanceStreamTrade].flatMap(benchmarks)
  }

  private static func benchmarks(_ kind: FrameKind) -> [Benchmark] {
    let group = "JSON walk: \(kind.rawValue)"
    return [
      .passes(group, "bare scan", role: .bare, unit: "frame") {
        let frames = VenueFrames(kind, count: count).frames
        return Pass(operations: count) { frames.scan() }
      },
      .passes(group, "JSONSerialization", role: .foundation, unit: "frame") {
        FoundationReading.objects(VenueFrames(kind, count: count).frames)
      },
      .passes(group, "JSONScanner", unit: "frame", isOnEventPath: true) {
        let frames = VenueFrames(kind, count: count).frames
        return Pass(operations: count) { walk(frames) }
      },
    ]
  }

  private static func walk(_ frames: Lines) -> Int {
    let bytes = frames.bytes.span.bytes
    var keys = 0
    for range in frames.ranges {
      do throws(JSONError) {
        var json = JSONScanner(bytes.extracting(range))
        try json.beginObject()
        while try json.nextKey() != nil {
          keys += 1
          try json.skipValue()
        }
        try json.finish()
      } catch {
        fatalError("\(error)")
      }
    }
    return keys
  }
}
