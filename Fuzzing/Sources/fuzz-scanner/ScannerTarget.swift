import ArbdFramework
import FuzzSupport

/// Skipping a document and reading all of it come to the same verdict, at the same byte.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ data: UnsafeRawPointer?, _ count: Int) -> CInt {
  let document = UnsafeRawBufferPointer(start: data, count: count).bytes
  let skipped = document.syntaxError
  let read = DocumentWalk.error(of: document)
  require(skipped == read, "skipped: \(skipped.debugDescription), read: \(read.debugDescription)")
  if let offset = skipped?.offset { require((0...count).contains(offset), "an error outside the document") }
  return 0
}
