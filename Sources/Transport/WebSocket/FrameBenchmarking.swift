// Doors for the packages in Benchmarks/ and Fuzzing/, which are not this one. For nobody else: `@_spi` keeps them out of
// the interface.

internal import ArbdFramework

/// Frames of one kind, written and read as a network loop does.
@_spi(Benchmarks)
public struct BenchmarkedFrames: ~Copyable {
  private var reader: FrameReader
  private var writer: FrameWriter

  /// A server's, or a client's.
  public init(isServer: Bool) {
    reader = FrameReader(role: isServer ? .server : .client)
    writer = FrameWriter(role: isServer ? .server : .client)
  }

  /// Gives how many bytes of text there were, all in the buffer.
  public mutating func read(_ bytes: inout [UInt8]) -> Int {
    bytes.withUnsafeMutableBytes { buffer in
      var offset = 0
      var count = 0
      while case .text(let range) = reader.next(in: buffer, from: &offset) { count += range.count }
      return count
    }
  }

  public mutating func write(_ text: RawSpan, to bytes: inout [UInt8]) { writer.append(.text, text, to: &bytes) }
}

/// A connection's receiving end that tells all it reads, as bytes that can be compared.
@_spi(Fuzzing)
public struct FuzzedFrames: ~Copyable {
  private var reader: FrameReader
  private var kept: [UInt8] = []
  /// Of each item its kind, its length and its bytes.
  public private(set) var trace: [UInt8] = []
  public private(set) var violation: String?

  /// How many bytes a caller keeps; what `FrameReader` promises is less than 132.
  public var keptCount: Int { kept.count }

  public init(isServer: Bool, compresses: Bool, keepsContext: Bool, limit: Int) {
    let direction = DeflateParameters.Direction(keepsContext: keepsContext)
    let parameters = DeflateParameters(server: direction, client: direction)
    reader = FrameReader(
      role: isServer ? .server : .client, maximumMessageBytes: limit, compression: compresses ? parameters : nil)
  }

  public mutating func receive(_ chunk: RawSpan) {
    chunk.withUnsafeBytes { kept.append(contentsOf: $0) }
    var offset = 0
    while let item = next(&offset) { record(item) }
    kept.removeFirst(offset)
  }

  private mutating func next(_ offset: inout Int) -> ReceivedItem? {
    let item = kept.withUnsafeMutableBytes { reader.next(in: $0, from: &offset) }
    if case .incomplete = item { return nil }
    return item
  }

  private mutating func record(_ item: ReceivedItem) {
    switch item {
    case .text(let range): record(1, range)
    case .binary(let range): record(2, range)
    case .assembled(let kind):
      let message = reader.assembled.withUnsafeBytes { Array($0) }
      record(kind == .text ? 1 : 2, message[...])
    case .ping(let range): record(3, range)
    case .pong(let range): record(4, range)
    case .close(let code, let range):
      record(5, range)
      trace.append(bigEndian: code?.rawValue ?? 0)
    case .violation(let found): violation = found.description
    case .incomplete: break
    }
  }

  private mutating func record(_ kind: UInt8, _ range: ByteRange) {
    record(kind, kept[range.start..<range.start + range.count])
  }

  private mutating func record(_ kind: UInt8, _ bytes: ArraySlice<UInt8>) {
    // Other than the reader: a second opinion.
    if kind == 1, String(validating: bytes, as: UTF8.self) == nil {
      violation = "a text that is not UTF-8 came through"
    }
    trace.append(kind)
    trace.append(bigEndian: bytes.count)
    trace += bytes
  }
}

/// Both ends of a handshake before bytes that may be anything.
@_spi(Fuzzing)
public enum FuzzedHandshake {
  /// What becomes of them when they arrive in pieces of `size`.
  public static func outcome(of bytes: RawSpan, pieces size: Int) -> String {
    "\(client(bytes, max(1, size))) \(server(bytes, max(1, size)))"
  }

  private static func client(_ bytes: RawSpan, _ size: Int) -> String {
    var request = WebSocketRequest(url: "ws://fuzzed.example/")
    request.headers = [HTTPHeader("Sec-WebSocket-Protocol", "chat")]
    request.compresses = true
    var nonce = Zeros()
    do throws(NetworkFailure) {
      var handshake = try ClientHandshake(request, using: &nonce)
      for end in ends(bytes.byteCount, size) {
        let opened = try handshake.receive(bytes.extracting(first: end), now: Timestamp(microseconds: 0))
        if let opened { return "\(opened)" }
      }
      return "waits"
    } catch {
      return error.reason
    }
  }

  private static func server(_ bytes: RawSpan, _ size: Int) -> String {
    var reader = HTTPHeadReader()
    do throws(HTTPHead.Fault) {
      for end in ends(bytes.byteCount, size) {
        guard let (head, count) = try reader.read(bytes.extracting(first: end)) else { continue }
        do throws(HTTPAnswer) {
          return "\(try ServerHandshake(head).accept(compression: DeflateParameters())) \(count)"
        } catch {
          return "\(error.bytes)"
        }
      }
      return "waits"
    } catch {
      return "\(HTTPAnswer(error).bytes)"
    }
  }

  private static func ends(_ count: Int, _ size: Int) -> [Int] {
    Array(stride(from: size, to: max(count, size), by: size)) + [count]
  }

  private struct Zeros: RandomNumberGenerator {
    mutating func next() -> UInt64 { 0 }
  }
}
