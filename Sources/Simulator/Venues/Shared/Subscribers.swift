/// Who gets which stream. The streams of a venue are numbered; each has a list of connections in order of subscription.
struct Subscribers: Sendable {
  private(set) var lists: [[ConnectionID]]

  init(streams: Int) { lists = Array(repeating: [], count: streams) }

  subscript(_ stream: Int) -> [ConnectionID] { lists[stream] }

  mutating func add(_ id: ConnectionID, to stream: Int) {
    if !lists[stream].contains(id) { lists[stream].append(id) }
  }

  mutating func remove(_ id: ConnectionID, from stream: Int) { lists[stream].removeAll { $0 == id } }
}
