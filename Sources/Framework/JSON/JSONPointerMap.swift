/// Finds the values at several pointers in one walk over a document. Made once; a walk allocates nothing.
///
/// The pointers are put together into a tree of keys. What no pointer leads to is read past, checked all the same.
public final class JSONPointerMap: Sendable {
  private struct Node {
    var edges: Range<Int32> = 0..<0
    /// Where the value at this node is noted; −1 where no pointer ends.
    var slot: Int32 = -1
    /// The largest place in an array that leads on; −1 where none does.
    var lastIndex: Int32 = -1
  }

  private struct Edge {
    /// The key's first eight bytes, as in `JSONText.prefix`, and its length.
    let prefix: UInt64
    let count: Int
    /// Where it stands in `keys`.
    let start: Int
    /// The key as a place in an array; −1 where it is none.
    let index: Int32
    let node: Int32
  }

  private let nodes: [Node]
  private let edges: [Edge]
  private let keys: [UInt8]
  /// How many values a walk notes.
  public let count: Int

  /// The value at `pointers[n]` is noted in place `n`. Each pointer once.
  public init(_ pointers: [JSONPointer]) {
    var tree = [Branch()]
    for (slot, pointer) in pointers.enumerated() {
      var node = 0
      for token in pointer.tokens {
        if let child = tree[node].children.first(where: { $0.key == token })?.node {
          node = child
        } else {
          tree.append(Branch())
          tree[node].children.append((token, tree.count - 1))
          node = tree.count - 1
        }
      }
      tree[node].slot = Int32(slot)
    }
    var (nodes, edges, keys): ([Node], [Edge], [UInt8]) = ([], [], [])
    for branch in tree {
      var node = Node(slot: branch.slot)
      let first = Int32(edges.count)
      for (key, child) in branch.children {
        let bytes = Array(key.utf8)
        let index = JSONPointerMap.index(key)
        node.lastIndex = max(node.lastIndex, index)
        let prefix = bytes.span.bytes.word(at: 0, count: bytes.count)
        edges.append(Edge(prefix: prefix, count: bytes.count, start: keys.count, index: index, node: Int32(child)))
        keys += bytes
      }
      node.edges = first..<Int32(edges.count)
      nodes.append(node)
    }
    (self.nodes, self.edges, self.keys) = (nodes, edges, keys)
    count = pointers.count
  }

  private struct Branch {
    var children: [(key: String, node: Int)] = []
    var slot: Int32 = -1
  }

  /// RFC 6901: digits without leading zeros.
  private static func index(_ token: String) -> Int32 {
    let isNumber = token.utf8.allSatisfy { (0x30...0x39).contains($0) } && (token == "0" || !token.hasPrefix("0"))
    return isNumber ? Int32(token) ?? -1 : -1
  }

  /// Room for what a walk notes.
  public func makeCaptures() -> [JSONCapture] { Array(repeating: JSONCapture(), count: count) }

  /// Reads the value that comes next and notes what the pointers lead to. Of keys that stand twice the last one counts.
  public func read(_ json: inout JSONScanner, into captures: inout [JSONCapture]) throws(JSONError) {
    for place in captures.indices { captures[place].kind = nil }
    guard captures.count >= count else { return try json.skipValue() }
    try read(&json, nodes[0], &captures)
  }

  private func read(
    _ json: inout JSONScanner, _ node: Node, _ captures: inout [JSONCapture]
  ) throws(JSONError) {
    let kind = try json.peek()
    var capture = JSONCapture(kind: kind, start: json.offset, end: 0)
    switch kind {
    case .object where !node.edges.isEmpty:
      try json.beginObject()
      while let key = try json.nextKey() {
        if let edge = edge(key, of: node) {
          try read(&json, nodes[Int(edges[edge].node)], &captures)
        } else {
          try json.skipValue()
        }
      }
    case .array where node.lastIndex >= 0:
      var index: Int32 = 0
      try json.beginArray()
      while try json.nextElement() {
        if index <= node.lastIndex, let edge = edge(index, of: node) {
          try read(&json, nodes[Int(edges[edge].node)], &captures)
        } else {
          try json.skipValue()
        }
        index &+= 1
      }
    case .string where node.slot >= 0:
      let text = try json.readString()
      capture.start = json.offset - 1 - text.bytes.byteCount
      capture.hasEscapes = text.hasEscapes
    default: try json.skipValue()
    }
    guard node.slot >= 0 else { return }
    capture.end = kind == .string ? json.offset - 1 : json.offset
    captures[Int(node.slot)] = capture
  }

  @inline(__always)
  private func edge(_ key: JSONText, of node: Node) -> Int? {
    if key.hasEscapes { return escapedEdge(key, of: node) }
    for place in node.edges {
      let edge = edges[Int(place)]
      guard edge.prefix == key.prefix, edge.count == key.bytes.byteCount else { continue }
      if edge.count <= 8 { return Int(place) }
      if key.bytes.isEqual(to: keys, edge.start..<edge.start + edge.count) { return Int(place) }
    }
    return nil
  }

  private func escapedEdge(_ key: JSONText, of node: Node) -> Int? {
    let bytes = key.unescapedBytes
    return node.edges.first { place in
      let edge = edges[Int(place)]
      return keys[edge.start..<edge.start + edge.count].elementsEqual(bytes)
    }.map { Int($0) }
  }

  private func edge(_ index: Int32, of node: Node) -> Int? {
    node.edges.first { edges[Int($0)].index == index }.map { Int($0) }
  }
}

extension RawSpan {
  /// Whether these are the bytes of a part of an array.
  fileprivate func isEqual(to bytes: [UInt8], _ part: Range<Int>) -> Bool {
    let span = bytes.span
    return isEqual(to: span.bytes.extracting(part))
  }
}
