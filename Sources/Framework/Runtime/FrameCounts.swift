/// How the frames of a venue ended: each in exactly one of these.
public struct FrameCounts: Sendable, Equatable {
  public private(set) var data: UInt64 = 0
  public private(set) var control: UInt64 = 0
  public private(set) var ignored: UInt64 = 0
  public private(set) var unknown: UInt64 = 0
  /// By reason, in the order of `UndecodableReason.allCases`.
  private var undecodableByReason = [UInt64](repeating: 0, count: UndecodableReason.allCases.count)

  public init() {}

  mutating func count(_ kind: FrameKind) {
    switch kind {
    case .data: data += 1
    case .control: control += 1
    case .ignored: ignored += 1
    case .unknown: unknown += 1
    }
  }

  /// By `FrameKind.rawValue`.
  mutating func add(_ kinds: InlineArray<4, UInt64>) {
    data += kinds[FrameKind.data.rawValue]
    control += kinds[FrameKind.control.rawValue]
    ignored += kinds[FrameKind.ignored.rawValue]
    unknown += kinds[FrameKind.unknown.rawValue]
  }

  mutating func count(_ reason: UndecodableReason) {
    undecodableByReason[reason.ordinal] += 1
  }

  public subscript(_ reason: UndecodableReason) -> UInt64 { undecodableByReason[reason.ordinal] }

  public var undecodable: UInt64 { undecodableByReason.reduce(0, +) }

  mutating func add(_ other: FrameCounts) {
    data += other.data
    control += other.control
    ignored += other.ignored
    unknown += other.unknown
    for reason in undecodableByReason.indices { undecodableByReason[reason] += other.undecodableByReason[reason] }
  }

  public var total: UInt64 { data + control + ignored + unknown + undecodable }
}

extension UndecodableReason {
  fileprivate var ordinal: Int {
    switch self {
    case .malformedJSON: 0
    case .wrongType: 1
    case .missingField: 2
    case .badNumber: 3
    case .badTime: 4
    case .badValue: 5
    case .binary: 6
    case .tooLarge: 7
    }
  }
}

/// What has happened at one venue.
public struct VenueCounts: Sendable, Equatable {
  public var frames = FrameCounts()
  public var connects: UInt64 = 0
  public var disconnects: UInt64 = 0
  public var acknowledged: UInt64 = 0
  public var refused: UInt64 = 0
  public var venueErrors: UInt64 = 0
  /// Trades left out because their id had been seen.
  public var duplicates: UInt64 = 0
  /// Trades that did not arrive, by the gaps in their ids.
  public var missing: UInt64 = 0
  /// Of those missing, the ones that arrived later.
  public var recovered: UInt64 = 0
  public var statusChanges: UInt64 = 0
  /// Streams whose order book got out of step.
  public var gaps: UInt64 = 0
  /// Messages about order books, and those of them that changed nothing.
  public var bookUpdates: UInt64 = 0
  public var skippedUpdates: UInt64 = 0
  /// Levels of order books that no book can hold: sizes below 0, prices of 0, texts that are no numbers.
  public var badLevels: UInt64 = 0

  public init() {}

  /// Ids are the venue's to choose, so what they seem to leave out may be more than can be counted.
  mutating func addMissing(_ count: UInt64) {
    let (sum, overflow) = missing.addingReportingOverflow(count)
    missing = overflow ? .max : sum
  }

  mutating func add(_ other: VenueCounts) {
    frames.add(other.frames)
    connects += other.connects
    disconnects += other.disconnects
    acknowledged += other.acknowledged
    refused += other.refused
    venueErrors += other.venueErrors
    duplicates += other.duplicates
    addMissing(other.missing)
    recovered += other.recovered
    statusChanges += other.statusChanges
    gaps += other.gaps
    bookUpdates += other.bookUpdates
    skippedUpdates += other.skippedUpdates
    badLevels += other.badLevels
  }
}
