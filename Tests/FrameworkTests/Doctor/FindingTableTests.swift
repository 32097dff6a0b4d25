import Testing

@testable import ArbdFramework

@Suite struct FindingTableTests {
  private let findings = [
    Finding("sources[0] coinbase", "clock", .good, "−3.0 ms"),
    Finding("sinks[0] x", "connect", .failed, "cannot open a\u{1B}[2Jé: No such file or directory"),
    Finding("sinks[1] longer", "connect", .unknown, "not reached"),
  ]

  @Test func alignsItsColumns() {
    let table = FindingTable(findings, .unicode)
    #expect(table.hasFailures)
    #expect(
      table.text == """
        ✓  sources[0] coinbase  clock    −3.0 ms
        ✗  sinks[0] x           connect  cannot open a\\u{1B}[2Jé: No such file or directory
        –  sinks[1] longer      connect  not reached
        3 checks: 1 good, 1 failed, 1 not possible

        """)
  }

  @Test func doesWithASCII() {
    let text = FindingTable(findings, .ascii).text
    #expect(text.utf8.allSatisfy { $0 < 0x80 })
    #expect(
      text == """
        ok    sources[0] coinbase  clock    -3.0 ms
        FAIL  sinks[0] x           connect  cannot open a\\u{1B}[2J\\u{00E9}: No such file or directory
        -     sinks[1] longer      connect  not reached
        3 checks: 1 good, 1 failed, 1 not possible

        """)
  }

  @Test func whatIsGoodOrUnknownIsNoFailure() {
    #expect(!FindingTable([findings[0], findings[2]], .unicode).hasFailures)
    #expect(FindingTable([], .ascii).text == "0 checks: 0 good, 0 failed\n")
  }

  @Test(arguments: [
    (0, "0.00 ms"), (40, "0.04 ms"), (999, "0.99 ms"), (1_000, "1.0 ms"), (9_999, "9.9 ms"), (10_000, "10 ms"),
    (999_999, "999 ms"), (2_150_000, "2.1 s"), (-23_000, "−23 ms"),
  ])
  func writesMeasurements(microseconds: Int, text: String) {
    #expect(Duration.microseconds(microseconds).measured == text)
  }
}
