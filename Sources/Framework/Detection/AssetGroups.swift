/// Which assets count as one: the config's `treat_as_equal`.
public struct AssetGroups: Sendable, Equatable {
  private let representatives: [String: String]

  /// `groups`: each asset stands in at most one of them.
  public init(_ groups: [[String]]) {
    var representatives: [String: String] = [:]
    for group in groups {
      guard let first = group.first else { continue }
      for asset in group { representatives[asset] = first }
    }
    self.representatives = representatives
  }

  /// The same text for all assets of a group; an asset outside any group is its own.
  public func representative(of asset: String) -> String { representatives[asset] ?? asset }

  public func areEqual(_ left: String, _ right: String) -> Bool {
    representative(of: left) == representative(of: right)
  }
}
