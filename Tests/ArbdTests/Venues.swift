import Foundation
import Testing

/// `arbd simulate` as a process: both venues, on ports of its own choosing the first time.
struct Venues {
  let process: Invocation
  let coinbase: UInt16
  let binance: UInt16

  /// On the ports of `earlier` where given.
  init(_ daemon: Daemon, like earlier: Venues? = nil) async throws {
    let ports = earlier.map { ["--port", "coinbase=\($0.coinbase)", "--port", "binance=\($0.binance)"] } ?? []
    let process = try daemon.start(
      ["simulate", "--venue", "coinbase=BTC-USD", "--venue", "binance=BTC-USDT", "--rate", "40", "--quote-rate", "0"]
        + ports)
    try await process.wait("the simulated venues") { process.outputSoFar.split(separator: "\n").count >= 2 }
    let addresses = process.outputSoFar.matches(of: #/"websocket":"ws://127\.0\.0\.1:(\d+)"/#).compactMap {
      UInt16($0.1)
    }
    try #require(addresses.count == 2)
    self.process = process
    (coinbase, binance) = (addresses[0], addresses[1])
  }

  /// Ends them without a word to anybody.
  func kill() async throws {
    process.send(SIGKILL)
    _ = try await process.result()
  }

  /// A configuration that connects to them and has an alert for almost every window. `record`: a capture for each source.
  func configuration(record: [String] = []) -> String {
    let captures = record.isEmpty ? ["", ""] : record.map { #","record":{"path":"\#($0)"}"# }
    return #"""
      {"sources":[
         {"type":"coinbase","endpoint":"ws://127.0.0.1:\#(coinbase)","instruments":["BTC-USD"]\#(captures[0])},
         {"type":"binance","endpoint":"ws://127.0.0.1:\#(binance)/stream","instruments":["BTC-USDT"]\#(captures[1])}],
       \#(Venues.detection)}
      """#
  }

  /// One that replays their captures.
  static func replay(_ captures: [String]) -> String {
    let sources = captures.map { path in
      #"""
      {"type":"replay","path":"\#(path)","format":"capture","adapters":[
        {"type":"coinbase","instruments":["BTC-USD"]},{"type":"binance","instruments":["BTC-USDT"]}]}
      """#
    }
    return #"{"sources":[\#(sources.joined(separator: ","))],\#(detection)}"#
  }

  private static let detection = #"""
    "detectors":[{"name":"btc","type":"spread","instrument":"BTC-USD","venues":["coinbase","binance"],
      "treat_as_equal":[["USD","USDT"]],"window":{"size":"200ms","out_of_orderness":"300ms"}}],
    "sinks":[{"type":"jsonl","path":"alerts.jsonl"}]
    """#
}
