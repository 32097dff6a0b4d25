import ArbdAdapters
import ArbdFramework
import FuzzSupport

private let venue = FuzzedVenue<CoinbaseAdvancedAdapter>(["BTC-USD", "ETH-USD"])

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ data: UnsafeRawPointer?, _ count: Int) -> CInt {
  require(venue != nil, "the adapter refuses its options")
  venue?.feed(UnsafeRawBufferPointer(start: data, count: count).bytes)
  return 0
}
