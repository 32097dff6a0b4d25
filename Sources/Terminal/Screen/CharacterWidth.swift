internal import ArbdFramework

extension Unicode.Scalar {
  /// How many columns of a terminal it takes: 2 of East Asian wide ones and emoji, 0 of those that combine with the one
  /// before, nil of those that must not be shown: controls, and marks that change the direction of text.
  var columns: Int? {
    if value < 0x300 { return value < 0x20 || (0x7F...0x9F).contains(value) || value == 0xAD ? nil : 1 }
    switch properties.generalCategory {
    case .nonspacingMark, .enclosingMark: return 0
    case .format, .control, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned, .privateUse: return nil
    default: break
    }
    if properties.isEmojiPresentation { return 2 }
    return Unicode.Scalar.wideRanges.contains { $0.contains(value) } ? 2 : 1
  }

  /// Unicode Standard Annex 11, the blocks whose East_Asian_Width is W or F.
  private static let wideRanges: [ClosedRange<UInt32>] = [
    0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x4DBF, 0x4E00...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3,
    0xF900...0xFAFF, 0xFE10...0xFE19, 0xFE30...0xFE6F, 0xFF01...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F,
    0x1F680...0x1F6FF, 0x1F900...0x1F9FF, 0x1FA70...0x1FAFF, 0x20000...0x3FFFD,
  ]
}

extension String {
  /// How many columns of a terminal it takes, escapes of control characters included.
  var columns: Int {
    var isASCII = true
    for byte in utf8 where byte < 0x20 || byte >= 0x7F {
      isASCII = false
      break
    }
    if isASCII { return utf8.count }
    return printable.unicodeScalars.reduce(0) { $0 + ($1.columns ?? 1) }
  }

  /// At most so many columns of it; what is left out is told by an ellipsis.
  func clipped(to limit: Int, ellipsis: Unicode.Scalar) -> String {
    guard columns > limit else { return self }
    var text = ""
    var width = 0
    for scalar in printable.unicodeScalars {
      let columns = scalar.columns ?? 1
      if width + columns > limit - 1 { break }
      text.unicodeScalars.append(scalar)
      width += columns
    }
    if limit > 0 { text.unicodeScalars.append(ellipsis) }
    return text
  }
}
