internal import ArbdFramework

/// What shall happen when: injections and faults, as a file holds them.
///
///     {"injections":["10s spread BTC coinbase binance 80bps 5s"],"faults":["30s coinbase stall 5s"]}
package struct Scenario: Sendable, Equatable {
  package var injections: [Injection] = []
  package var faults: [ScheduledFault] = []

  package init() {}

  package init(json text: [UInt8]) throws(ScenarioError) {
    let lists: (injections: [String], faults: [String])
    do throws(JSONError) {
      lists = try Scenario.lists(text)
    } catch {
      throw ScenarioError("not a JSON object with lists of texts \"injections\" and \"faults\": \(error)")
    }
    for line in lists.injections { injections.append(try Injection(line)) }
    for line in lists.faults { faults.append(try ScheduledFault(line)) }
  }

  private static func lists(_ text: [UInt8]) throws(JSONError) -> (injections: [String], faults: [String]) {
    var (injections, faults): ([String], [String]) = ([], [])
    var json = JSONScanner(text.span.bytes)
    try json.beginObject()
    while let key = try json.nextKey() {
      let isInjections = key == "injections"
      // A key that is misspelt must not be passed over in silence.
      guard isInjections || key == "faults" else { throw JSONError(.unexpectedByte, at: json.offset) }
      try json.beginArray()
      while try json.nextElement() {
        let line = try json.readString().string
        if isInjections { injections.append(line) } else { faults.append(line) }
      }
    }
    try json.finish()
    return (injections, faults)
  }
}
