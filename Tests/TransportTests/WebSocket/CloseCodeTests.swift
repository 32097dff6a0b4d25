import ArbdTransport
import Testing

@Suite struct CloseCodeTests {
  @Test(arguments: [
    (1000, true), (1004, false), (1005, false), (1006, false), (1007, true), (1015, false), (2999, false), (3000, true),
    (4999, true), (5000, false),
  ])
  func onlySomeCodesMayBeSent(code: UInt16, isSendable: Bool) {
    #expect(CloseCode(rawValue: code).isSendable == isSendable)
  }
}
