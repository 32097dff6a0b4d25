import ArbdFramework
import FuzzSupport

/// The lines of a file, read as records and as a capture.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ data: UnsafeRawPointer?, _ count: Int) -> CInt {
  let input = UnsafeRawBufferPointer(start: data, count: count).bytes
  let lines = Lines(input)
  var records = FuzzedRecords()
  var capture = FuzzedCapture()
  for range in lines.ranges {
    let line = input.extracting(range)
    records.read(line)
    capture.read(line)
  }
  return 0
}

extension LineError {
  /// An error names a byte of the line, if any.
  func check(_ line: RawSpan) {
    guard case .json(let error) = self else { return }
    require((0...line.byteCount).contains(error.offset), "an error outside the line")
  }
}

func requireReadable(_ time: Timestamp) {
  require(Timestamp.readableMicroseconds.contains(time.microseconds), "a time out of range")
}
