/// Who listens to what: each client's topics in the order in which it asked for them, each topic's clients likewise.
struct Topics<Topic: Hashable & Sendable>: Sendable {
  private var clients: [ConnectionID: [Topic]] = [:]
  private var listeners: [Topic: [ConnectionID]] = [:]

  /// Those who listen to a topic.
  subscript(_ topic: Topic) -> [ConnectionID] { listeners[topic] ?? [] }

  func topics(of id: ConnectionID) -> [Topic] { clients[id] ?? [] }

  func contains(_ topic: Topic, _ id: ConnectionID) -> Bool { clients[id]?.contains(topic) ?? false }

  /// False when it listens already.
  @discardableResult
  mutating func join(_ topic: Topic, _ id: ConnectionID) -> Bool {
    guard !contains(topic, id) else { return false }
    clients[id, default: []].append(topic)
    listeners[topic, default: []].append(id)
    return true
  }

  /// False when it did not listen.
  @discardableResult
  mutating func leave(_ topic: Topic, _ id: ConnectionID) -> Bool {
    guard contains(topic, id) else { return false }
    clients[id]?.removeAll { $0 == topic }
    listeners[topic]?.removeAll { $0 == id }
    if listeners[topic]?.isEmpty == true { listeners[topic] = nil }
    return true
  }

  /// The client is gone; gives what it listened to.
  @discardableResult
  mutating func remove(_ id: ConnectionID) -> [Topic] {
    let left = topics(of: id)
    for topic in left { leave(topic, id) }
    clients[id] = nil
    return left
  }
}
