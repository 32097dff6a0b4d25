@_spi(Benchmarks) import ArbdTransport

/// The frame codec in memory: what a venue sends as a client reads it, and what a server reads and answers.
enum WebSocketBenchmarks {
  private static let count = 2_048
  private static let textBytes = 180

  static var all: [Benchmark] {
    [
      .passes(
        "WebSocket frames of 180 bytes", "decoding by a client, UTF-8", unit: "frame", isOnEventPath: true, required: 10
      ) {
        reading(isServer: false, others: 0)
      },
      .passes(
        "WebSocket frames of 180 bytes", "the same, every 20th byte not ASCII", unit: "frame", isOnEventPath: true
      ) {
        reading(isServer: false, others: 1)
      },
      .passes(
        "WebSocket frames of 180 bytes", "unmasking and decoding by a server", unit: "frame", isOnEventPath: true
      ) {
        reading(isServer: true, others: 0)
      },
      .passes(
        "WebSocket frames of 180 bytes", "encoding by a server", unit: "frame", isOnEventPath: true
      ) {
        writing(isServer: true)
      },
      .passes(
        "WebSocket frames of 180 bytes", "encoding by a client, with masks", unit: "frame", isOnEventPath: true
      ) {
        writing(isServer: false)
      },
    ]
  }

  private static func text(others: Int) -> [UInt8] {
    let piece = others == 0 ? Array("\"price\":\"61234.5600\"".utf8) : Array("\"name\":\"6123 Zürich".utf8)
    return Array((0..<(textBytes / 20 + 1)).flatMap { _ in piece }.prefix(textBytes - 1)) + [UInt8(ascii: "}")]
  }

  private static func reading(isServer: Bool, others: Int) -> Pass {
    var sender = BenchmarkedFrames(isServer: !isServer)
    var sent: [UInt8] = []
    let text = text(others: others)
    for _ in 0..<count { sender.write(text.span.bytes, to: &sent) }
    let readers = FrameEnd(isServer: isServer)
    readers.bytes = sent
    return Pass(
      operations: count,
      prepare: {
        // A server takes the masks off in the buffer.
        if isServer { readers.bytes.withUnsafeMutableBytes { $0.copyBytes(from: sent) } }
      },
      run: {
        let read = readers.frames.read(&readers.bytes)
        guard read == count * textBytes else { fatalError("read \(read) bytes") }
        return read
      })
  }

  private static func writing(isServer: Bool) -> Pass {
    let end = FrameEnd(isServer: isServer)
    end.bytes.reserveCapacity(count * (textBytes + 16))
    let text = text(others: 0)
    return Pass(
      operations: count,
      run: {
        end.bytes.removeAll(keepingCapacity: true)
        for _ in 0..<count { end.frames.write(text.span.bytes, to: &end.bytes) }
        return end.bytes.count
      })
  }
}

/// Closures cannot capture what cannot be copied.
private final class FrameEnd {
  var frames: BenchmarkedFrames
  var bytes: [UInt8] = []

  init(isServer: Bool) { frames = BenchmarkedFrames(isServer: isServer) }
}
