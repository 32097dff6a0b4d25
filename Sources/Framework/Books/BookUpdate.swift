/// Where an update of a book stands in the venue's order of them.
public enum BookStep: Sendable, Equatable {
  /// The venue does not number them: their order is that of the connection.
  case unnumbered
  /// One more than the one before it. Of a snapshot: the number that the next update follows.
  case number(Int64)
  /// The updates `first` to `last` in one; it follows any that ends between `first − 1` and `last`.
  case span(first: Int64, last: Int64)
  /// It follows the one that has the number `previous`, whatever numbers these are.
  case link(previous: Int64, number: Int64)

  /// What the next one follows.
  var last: Int64? {
    switch self {
    case .unnumbered: nil
    case .number(let number), .span(_, let number), .link(_, let number): number
    }
  }

  /// How it stands to the update `last` before it.
  enum Order: Sendable { case next, old, gap }

  func order(behind last: Int64?) -> Order {
    guard let last else { return .next }
    switch self {
    case .unnumbered: return .next
    case .number(let number): return number == last &+ 1 ? .next : number == last ? .old : .gap
    case .span(let first, let end): return end <= last ? .old : first <= last &+ 1 ? .next : .gap
    case .link(let previous, let number):
      // One that repeats the number of the last is a sign of life without changes.
      return previous == last ? .next : number == last ? .old : .gap
    }
  }
}

/// A message about one book, whose levels lie in the order in which they came.
struct BookUpdate: Sendable {
  enum Kind: Sendable, Equatable {
    /// All levels, or the best of them: those that come in place of what there was.
    case snapshot(isCut: Bool)
    case changes
  }

  let place: Int
  let kind: Kind
  let step: BookStep
  /// The venue's own time; nil where it gives none.
  let eventTime: Timestamp?
  /// Of the book that this leaves, by the venue's own rule.
  let checksum: UInt32?
}
