internal import ArbdFramework
internal import ArbdTransport

/// A venue with its listener, and the faults that are on. Times are nanoseconds of simulated time.
final class VenueServer {
  let kind: VenueKind
  var venue: any SimulatedVenue
  /// Nil while connections are refused.
  var listener: Listener?
  let port: UInt16
  /// What is granted to clients that offer to compress; nil: nothing.
  let compression: DeflateParameters?
  var output = VenueOutput()
  var marketFaults = MarketFaults()
  var refusesUntil: Int64?
  var status: (code: Int, until: Int64)?
  var acceptsWronglyUntil: Int64 = .min
  var keepsPongsUntil: Int64 = .min
  var mishandlesUntil: Int64?
  /// The last connection that a fault for one has hit.
  var lastHit = -1

  init(_ kind: VenueKind, _ venue: any SimulatedVenue, _ listener: Listener) {
    self.kind = kind
    self.venue = venue
    self.listener = listener
    port = listener.port
    // Coinbase recommends it; Binance's documents do not know it.
    compression = kind == .coinbase ? DeflateParameters() : nil
  }

  /// When a fault ends that something has to be done for.
  var nextEnd: Int64? {
    guard let refusesUntil else { return mishandlesUntil }
    return min(refusesUntil, mishandlesUntil ?? refusesUntil)
  }

  func happened(_ event: SimulatedEvent, _ scratch: inout [SimulatedEvent]) {
    guard marketFaults.isActive else { return venue.happened(event, &output) }
    scratch.removeAll(keepingCapacity: true)
    marketFaults.transform(event, into: &scratch)
    for event in scratch { venue.happened(event, &output) }
  }
}
