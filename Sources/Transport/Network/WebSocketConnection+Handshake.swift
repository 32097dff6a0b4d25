internal import ArbdFramework

extension WebSocketConnection {
  /// As much of an answer as is received at once; a head has its own limit.
  private static let answerChunk = 4 << 10

  /// Receives the server's answer, piece by piece, and behind its end the first frames. Gives how much was received.
  func receiveAnswer(
    into batch: inout InputBatch, _ outcomes: inout [NetworkOutcome], _ now: () -> Timestamp, _ binary: BinarySink?
  ) -> Int {
    let start = kept.count
    kept += [UInt8](repeating: 0, count: Self.answerChunk)
    let received = kept.withUnsafeMutableBytes { receive(UnsafeMutableRawBufferPointer(rebasing: $0[start...])) }
    guard case .bytes(let count) = received else {
      kept.removeLast(Self.answerChunk)
      if case .end(let reason) = received { fail(NetworkFailure(.handshake, "\(endpoint): \(reason)")) }
      return 0
    }
    kept.removeLast(Self.answerChunk - count)
    let time = now()
    do throws(NetworkFailure) {
      guard let (agreement, end) = try handshake.receive(kept.span.bytes, now: time) else { return count }
      if let compression = agreement.compression {
        reader = FrameReader(
          role: .client, maximumMessageBytes: request.maximumMessageBytes, compression: compression)
        writer = FrameWriter(role: .client, compression: compression)
      }
      state = .open
      deadline = nil
      batch.append(.connected(id, at: time))
      outcomes.append(.opened(id))
      let frames = batch.store(kept.span.bytes.extracting(end...))
      kept.removeAll()
      read(frames, of: &batch, at: time, binary)
    } catch {
      fail(error)
    }
    return count
  }
}
