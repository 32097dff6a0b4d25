internal import ArbdFramework
internal import CCurl

extension WebSocketConnection {
  func send(_ kind: MessageKind, _ payload: RawSpan) {
    guard case .open = state else { return }
    enqueue { writer.append(kind, payload, to: &$0) }
    flush()
  }

  func ping() {
    guard case .open = state else { return }
    enqueue { writer.append(ping: RawSpan(), to: &$0) }
    flush()
  }

  /// Begins the closing handshake.
  func close(reason: String) {
    switch state {
    case .connecting, .handshaking: fail(NetworkFailure(.cancelled, reason))
    case .open:
      outgoing.append { writer.append(close: .normal, to: &$0) }
      state = .closing(reason: reason)
      deadline = ContinuousClock.now + Self.closeTimeout
      flush()
    case .closing, .draining, .gone: break
    }
  }

  /// Adds a frame to what waits, or gives the peer up when it has not read for too long.
  func enqueue(_ frame: (inout [UInt8]) -> Void) {
    guard outgoing.count <= Self.mostUnsentBytes else {
      return close(
        code: nil, reason: "the peer does not read: \(outgoing.count) bytes wait to be sent", draining: false)
    }
    outgoing.append(frame)
  }

  /// Sends as much as the socket takes.
  func flush() {
    guard sendFault == nil, !isGone else { return }
    while outgoing.count > 0, isWritable {
      outgoing.send { bytes in
        var count = 0
        let result = curl_easy_send(handle.pointer, bytes.baseAddress, bytes.count, &count)
        switch result {
        case CURLE_OK: isWritable = count > 0
        case CURLE_AGAIN: isWritable = false
        default:
          sendFault = message(result)
          isWritable = false
        }
        return count
      }
    }
    guard sendFault != nil else { return }
    outgoing.removeAll()
    // What the peer said before it left tells more than that it left.
    isReadable = true
  }

  /// libcurl's words.
  func message(_ result: CURLcode) -> String {
    let message = handle.errorMessage
    return message.isEmpty ? String(cString: curl_easy_strerror(result)) : message
  }
}
