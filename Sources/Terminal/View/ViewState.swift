/// How a person looks at the dashboard: what has the focus, what is selected, sorted, left out.
package struct ViewState: Sendable, Equatable {
  enum Overlay: Sendable, Equatable {
    case help, quit
    /// Of the alert whose entry has this identity.
    case detail(String)
  }

  enum MarketOrder: CaseIterable, Sendable {
    case name, net, age

    var title: String {
      switch self {
      case .name: "by name"
      case .net: "by net"
      case .age: "oldest first"
      }
    }
  }

  enum AlertOrder: CaseIterable, Sendable {
    case time, net, count

    var title: String {
      switch self {
      case .time: "newest first"
      case .net: "by net"
      case .count: "by count"
      }
    }
  }

  /// Of the chart, in seconds.
  static let ranges: [Int64] = [60, 300, 900, 3_600, 14_400]

  package internal(set) var focus = Panel.alerts
  /// In a narrow terminal: the panel that is open below the markets.
  var open = Panel.alerts
  var overlay: Overlay?
  var filter = ""
  var isFiltering = false
  /// The filter before it was edited.
  var earlierFilter = ""
  package var isUTC = true
  var marketOrder = MarketOrder.name
  var alertOrder = AlertOrder.time
  /// Places of the selected rows; of alerts, see `alert`.
  var rows: [Panel: Int] = [:]
  /// Identity of the selected alert; nil: always the first.
  var alert: String?
  /// The first venue that is shown where not all have room.
  var firstVenue = 0
  /// The line of the chart; nil: the first there is.
  var series: SeriesKey?
  var range = 2
  package var message: String?
  var messageEnd: Int64 = 0

  package init() {}

  func admits(_ text: @autoclosure () -> String) -> Bool {
    filter.isEmpty || text().lowercased().contains(filter.lowercased())
  }
}

extension CaseIterable where Self: Equatable, AllCases.Index == Int {
  /// The one after, or the first.
  var next: Self {
    let all = Self.allCases
    let place = all.firstIndex(of: self).map { ($0 + 1) % all.count } ?? 0
    return all[place]
  }
}

extension AlertBook.Entry {
  /// Stays the same while more alerts are folded into it.
  var identity: String { "\(firstAt) \(key)" }
}
