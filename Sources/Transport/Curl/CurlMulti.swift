internal import CCurl

/// The owner of a libcurl multi handle, libcurl's event loop.
///
/// Used on one thread at a time, except for `wakeUp`, which libcurl allows from any: hence unchecked.
final class CurlMulti: @unchecked Sendable {
  let pointer: UnsafeMutableRawPointer

  /// Nil when memory or file descriptors are short.
  init?() {
    guard CurlLibrary.isReady, let pointer = curl_multi_init() else { return nil }
    self.pointer = pointer
  }

  deinit { curl_multi_cleanup(pointer) }

  /// Makes `poll` return, now or when it is called next.
  func wakeUp() { curl_multi_wakeup(pointer) }

  /// Waits for the transfers' sockets and for `sockets`, and tells in `revents` what the latter are ready for.
  func poll(_ sockets: inout [curl_waitfd], atMost time: Duration) {
    let count = UInt32(clamping: sockets.count)
    let milliseconds = Int32(clamping: time.wholeMilliseconds)
    sockets.withUnsafeMutableBufferPointer { buffer in
      _ = curl_multi_poll(pointer, buffer.baseAddress, count, milliseconds, nil)
    }
  }

  /// Moves every transfer as far as it goes without waiting.
  func perform() {
    var running: Int32 = 0
    curl_multi_perform(pointer, &running)
  }

  /// The next transfer that is over.
  func nextResult() -> (handle: UnsafeMutableRawPointer, result: CURLcode)? {
    var left: Int32 = 0
    while let message = curl_multi_info_read(pointer, &left) {
      guard message.pointee.msg == CURLMSG_DONE, let handle = message.pointee.easy_handle else { continue }
      return (handle, arbd_curl_message_result(message))
    }
    return nil
  }
}
