/// A wrong reading of the rules. Each changes one decision of the reference, and at least one case must
/// notice: a reading that no case notices is a rule that no case tests.
public enum Mutation: String, CaseIterable, Sendable {
  // MARK: The clock
  /// The clock is the receive time of the latest arrival, even when that is earlier.
  case clockGoesBack
  /// Records of other markets do not move the clock.
  case clockIgnoresOtherMarkets
  /// Records of the other kind do not move the clock.
  case clockIgnoresOtherInput
  /// Rejected records do not move the clock.
  case clockIgnoresRejected
  /// A movement of the clock alone fires nothing; only a member record does, at its end.
  case clockFiresNothing
  /// All detectors take the clock before the first goes on to the record itself.
  case detectorsTakeTurns

  // MARK: Rejection
  case skewOnBorderRejected
  case skewIgnored
  /// An event time far behind the receive time is rejected too.
  case skewBothWays
  /// The skew is measured from the clock, not from the record's own receive time.
  case skewFromClock
  case rejectedIsSignOfLife
  case rejectedMovesWatermark
  case rejectedNotCounted
  case rejectedOfOtherMarketsCounted
  case sizeZeroRejected
  case sizeUnchecked
  case negativeSizeAccepted
  case priceZeroAccepted
  case spacesAroundNumbersAccepted
  case hexadecimalNumbersAccepted
  case plusSignAccepted
  case leadingZeroAccepted
  case bareFractionAccepted
  case exponentRefused
  case infinityAccepted

  // MARK: Windows
  /// A window holds start < event time ≤ start + size.
  case upperBoundInclusive
  /// Times before the epoch round towards zero.
  case startTruncated
  case offsetIgnored
  case offsetSubtracted
  /// A window fires at its start + size.
  case firesAtEnd
  /// A window fires one microsecond, not one millisecond, before its end.
  case firesOneMicrosecondBeforeEnd
  /// A window fires once the watermark is beyond the last millisecond, not at it.
  case firesBeyondLastMillisecond
  case windowsFireInOrderOfOpening
  case olderThanWatermarkIsLate
  /// A window without records has not fired, so it can still be opened.
  case emptyWindowStaysOpen
  case lateGoesIntoWindow
  case lateNotCounted
  case windowWithoutPricesNotCounted
  case endOfInputFiresNothing
  /// At the end, windows fire by start across detectors.
  case endOfInputFiresByStart

  // MARK: Watermarks
  case watermarkGoesBack
  case outOfOrdernessIgnored
  /// A market's watermark follows its latest record, not its largest event time.
  case watermarkFollowsLatestRecord
  /// The watermark is the clock − out-of-orderness.
  case watermarkOnTimer
  case watermarkMovesBeforePlacing
  /// A market counts from its first record in a window.
  case lateDoesNotStartMarket
  case mergedReadAsPerMarket
  case perMarketReadAsMerged
  /// The markets of one venue share a watermark, the largest of theirs.
  case watermarkPerVenue
  case allIdleTakesSmallest
  case allIdleHoldsWatermark

  // MARK: Idleness
  case idleOnBorder
  case idleFromEventTime
  /// Idleness is measured from the receive time of the last record, which the clock may have passed.
  case idleFromReceiveTime
  case idleTimeoutIgnored
  case neverReadAsDefault
  case lateNotSignOfLife
  case otherInputIsSignOfLife
  /// A market that comes back from idleness starts with the event time of that record.
  case returningMarketStartsAnew

  // MARK: Reported states
  case staleIgnored
  case staleDoesNotMoveClock
  case staleFiresNothing
  case staleOnlyWithTimeout
  case staleHitsWholeVenue
  case staleForgetsMarket
  case staleLastsForever
  case rejectedEndsStale
  case lateDoesNotEndStale
  case otherInputEndsStale

  // MARK: Prices
  case meanInEventTimeOrder
  case meanKeptRunning
  case vwapReadAsMean
  case vwapWithoutSizeReadAsMean
  case lastByArrival
  case lastTakesFirstAmongEquals
  case minRecordsIgnored
  case minRecordsExclusive
  /// `min_records` counts the window's records over all markets.
  case minRecordsOfWindow

  // MARK: Quotes
  case buyPaysBid
  case bothSidesAtMid
  case crossedQuoteAccepted
  case lockedQuoteAccepted
  case missingSideNotCounted
  case missingSizeRejected
  case quoteSizeUnchecked

  // MARK: Spreads
  case equalGroupsIgnored
  case equalGroupsApplyToBase
  case pairsAtOneVenue
  case pairsWithoutGain
  case pairsWithEqualPrices
  case venueWithoutFeeLeftOut
  /// Only the buyer pays a fee.
  case feeOnce
  /// The fees are added up before they are taken.
  case feesOnSum
  /// The buyer's fee raises what is paid instead of lowering what is received.
  case buyFeeOnTop
  case thresholdInclusive
  case anyThresholdSuffices
  case absoluteThresholdIgnored
  /// A detector that names no threshold wants a net gain.
  case noThresholdReadAsGain
  case orderedByGross
  case worstFirst
  case tiesSellFirst
  case tiesVenuesByName
  case tiesInstrumentsFirst
  case tiesInstrumentsReversed
  case emitDefaultsSwapped
  case emitAlwaysAll

  // MARK: Cycles
  case cyclesInOneDirection
  case cyclesAtOneVenue
  case cyclesOfTwoLegs
  case maxLegsExclusive
  case onlyCyclesOfMaxLegs
  case cycleStartsAtLastNode
  case cycleOrderTiesMoreLegs
  case cycleOrderTiesByName
  case hopBestWithoutFee
  case hopTiesByName
  case hopTiesTakeLast
  case nodeAtLastPlace
  case unnamedMembersDropped
  /// The product of the rates, then the product of what the fees leave.
  case feesAfterProduct

  // MARK: Alerts
  case detectedAtReceiveTime
  case detectedAtWindowEnd
  case idWithoutSides
}
