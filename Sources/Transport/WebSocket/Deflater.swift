internal import CZlib

/// Compresses messages for one direction of a connection; owns the zlib stream, made with the first message.
struct Deflater: ~Copyable {
  private let direction: DeflateParameters.Direction
  private var opened: UnsafeMutablePointer<z_stream>?
  private var isBroken: Bool

  private static let level: CInt = 6
  private static let memoryLevel: CInt = 8
  /// An empty block that is not compressed: each message ends in it, none carries it.
  private static let tail: [UInt8] = [0x00, 0x00, 0xFF, 0xFF]
  private static let mostBytes = 1 << 30

  init(_ parameters: DeflateParameters, from sender: WebSocketRole) {
    direction = parameters[from: sender]
    // zlib cannot keep to a window of 256 bytes; each message may also go uncompressed.
    isBroken = direction.windowBits < 9
  }

  deinit {
    guard let opened else { return }
    deflateEnd(opened)
    opened.deallocate()
  }

  /// Puts the compressed payload behind what `output` has. When it gives false the message must go uncompressed.
  mutating func deflate(_ payload: UnsafeRawBufferPointer, into output: inout MessageStorage) -> Bool {
    guard !isBroken, payload.count <= Deflater.mostBytes else { return false }
    // zlib has nothing to flush for it: RFC 7692, section 7.2.3.6.
    guard !payload.isEmpty else {
      [UInt8](repeating: 0, count: 1).withUnsafeBytes { output.append($0) }
      return true
    }
    let stream = open()
    let start = output.count
    stream.pointee.next_in = payload.baseAddress?.assumingMemoryBound(to: UInt8.self)
    stream.pointee.avail_in = uInt(payload.count)
    // Usually enough for all of it and the flush's marker.
    var room = Int(deflateBound(stream, uLong(payload.count))) + 16
    var status = Z_OK
    repeat {
      output.fill(upTo: room) { room in
        stream.pointee.next_out = room.baseAddress?.assumingMemoryBound(to: UInt8.self)
        stream.pointee.avail_out = uInt(room.count)
        status = CZlib.deflate(stream, Z_SYNC_FLUSH)
        return room.count - Int(stream.pointee.avail_out)
      }
      room = 4_096
    } while status == Z_OK && stream.pointee.avail_out == 0
    let hasTail = output.withBytes(from: max(start, output.count - 4)) { $0.elementsEqual(Deflater.tail) }
    guard status == Z_OK || status == Z_BUF_ERROR, stream.pointee.avail_in == 0, hasTail else {
      isBroken = true
      output.removeLast(output.count - start)
      return false
    }
    output.removeLast(Deflater.tail.count)
    if !direction.keepsContext { isBroken = deflateReset(stream) != Z_OK }
    return true
  }

  private mutating func open() -> UnsafeMutablePointer<z_stream> {
    if let opened { return opened }
    let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    stream.initialize(to: z_stream())
    // Negative: without a zlib header. When there is no memory the stream stays empty, and zlib refuses it with an error.
    _ = arbd_deflateInit2(stream, Deflater.level, -CInt(direction.windowBits), Deflater.memoryLevel)
    opened = stream
    return stream
  }
}

/// One owner: it may go to another thread.
extension Deflater: @unchecked Sendable {}
