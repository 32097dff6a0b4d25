package import ArbdFramework

/// What a `FrameReader` found next. Ranges are of the buffer that it read.
package enum ReceivedItem: Sendable, Equatable {
  /// Valid UTF-8.
  case text(ByteRange)
  case binary(ByteRange)
  /// A message that lies in the reader: `FrameReader.assembled`. A text is valid UTF-8.
  case assembled(MessageKind)
  /// To be answered by a pong with the same bytes.
  case ping(ByteRange)
  case pong(ByteRange)
  /// The last item of a connection. The code is nil when none was sent; the reason is valid UTF-8.
  case close(CloseCode?, reason: ByteRange)
  /// The last item too: the peer is to be told `closeCode`.
  case violation(ProtocolViolation)
  /// Nothing more, until `needed` bytes lie from the offset on.
  case incomplete(needed: Int)
}
