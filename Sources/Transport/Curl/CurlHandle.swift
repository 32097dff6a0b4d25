internal import CCurl
internal import Glibc

/// The owner of a libcurl easy handle: one transfer, or one socket that libcurl connects for us.
///
/// Setters return nothing: what they could complain of is an option that this libcurl does not know or lack of memory.
/// The first complaint is kept and told by `fault`, before the handle is used.
final class CurlHandle {
  let pointer: UnsafeMutableRawPointer
  /// The multi handle that it is in. Kept alive, since a handle leaves it before it is freed.
  private var multi: CurlMulti?
  private var headers: UnsafeMutablePointer<curl_slist>?
  private let errorText: UnsafeMutablePointer<CChar>
  private(set) var fault: CURLcode?

  /// Nil when memory is short.
  init?() {
    guard CurlLibrary.isReady, let pointer = curl_easy_init() else { return nil }
    self.pointer = pointer
    errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
    errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    set(CURLOPT_ERRORBUFFER, pointer: errorText)
    // A lost peer is an error of the call, not a signal for the process.
    set(CURLOPT_NOSIGNAL, 1)
    // Giving up on a name must not wait for the resolver's thread.
    set(CURLOPT_QUICK_EXIT, 1)
  }

  deinit {
    if let multi { curl_multi_remove_handle(multi.pointer, pointer) }
    curl_easy_cleanup(pointer)
    curl_slist_free_all(headers)
    errorText.deallocate()
  }

  func set(_ option: CURLoption, _ value: Int) { note(arbd_curl_set_long(pointer, option, value)) }

  func set(_ option: CURLoption, offset value: Int) { note(arbd_curl_set_offset(pointer, option, curl_off_t(value))) }

  func set(_ option: CURLoption, _ value: String?) { note(arbd_curl_set_string(pointer, option, value)) }

  /// Whole milliseconds, at least one: zero would mean none at all.
  func set(_ option: CURLoption, _ time: Duration) { set(option, max(1, time.wholeMilliseconds)) }

  func set(_ option: CURLoption, pointer value: UnsafeMutableRawPointer?) {
    note(arbd_curl_set_pointer(pointer, option, value))
  }

  /// Sends these, and copies them.
  func setBody(_ body: [UInt8]) {
    // The size first: libcurl copies that many bytes.
    set(CURLOPT_POSTFIELDSIZE_LARGE, offset: body.count)
    body.withUnsafeBytes { bytes in
      note(arbd_curl_set_pointer(pointer, CURLOPT_COPYPOSTFIELDS, UnsafeMutableRawPointer(mutating: bytes.baseAddress)))
    }
  }

  func addHeader(_ line: String) {
    guard let longer = curl_slist_append(headers, line) else { return note(CURLE_OUT_OF_MEMORY) }
    headers = longer
    note(arbd_curl_set_list(pointer, CURLOPT_HTTPHEADER, longer))
  }

  func setWriteFunction(_ function: @escaping curl_write_callback, _ argument: UnsafeMutableRawPointer) {
    note(arbd_curl_set_write_function(pointer, function))
    set(CURLOPT_WRITEDATA, pointer: argument)
  }

  func number(_ info: CURLINFO) -> Int {
    var value = 0
    return arbd_curl_get_long(pointer, info, &value) == CURLE_OK ? value : 0
  }

  func offset(_ info: CURLINFO) -> Int {
    var value: curl_off_t = 0
    return arbd_curl_get_offset(pointer, info, &value) == CURLE_OK ? Int(value) : 0
  }

  func text(_ info: CURLINFO) -> String? {
    var value: UnsafePointer<CChar>?
    guard arbd_curl_get_string(pointer, info, &value) == CURLE_OK else { return nil }
    return value.map { String(cString: $0) }
  }

  /// Another descriptor of the connected socket, which is the caller's to close, and which libcurl closing its own leaves
  /// open; nil when there is none. libcurl looks through the connections that it keeps and closes what seems dead to it.
  func copySocket() -> Int32? {
    var socket: curl_socket_t = -1
    guard arbd_curl_get_socket(pointer, CURLINFO_ACTIVESOCKET, &socket) == CURLE_OK, socket >= 0 else { return nil }
    let copy = fcntl(socket, F_DUPFD_CLOEXEC, 0)
    return copy >= 0 ? copy : nil
  }

  /// libcurl's own words on what went wrong, empty when it found none.
  var errorMessage: String { String(cString: errorText) }

  /// Begins the transfer.
  func join(_ multi: CurlMulti) -> Bool {
    guard curl_multi_add_handle(multi.pointer, pointer) == CURLM_OK else { return false }
    self.multi = multi
    return true
  }

  private func note(_ code: CURLcode) {
    if code != CURLE_OK, fault == nil { fault = code }
  }
}

/// libcurl's global state, made once for the process.
enum CurlLibrary {
  static let isReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

  /// Whether looking a name up happens beside the loop. libcurl can be built without, and would then stop the loop.
  static let resolvesAside: Bool = {
    guard isReady, let information = arbd_curl_version() else { return false }
    return information.pointee.features & CURL_VERSION_ASYNCHDNS != 0
  }()
}

extension Duration {
  /// Rounded up; what does not fit becomes the largest that fits a C int.
  var wholeMilliseconds: Int {
    let (seconds, attoseconds) = components
    guard seconds >= 0, attoseconds >= 0 else { return 0 }
    guard seconds < 2_000_000 else { return Int(Int32.max) }
    return Int(seconds) * 1_000 + Int((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
  }
}
