/// An extension as a client offers it or a server grants it: RFC 6455, section 9.1.
struct WebSocketExtension: Equatable {
  struct Parameter: Equatable {
    let name: String
    let value: String?
  }

  let name: String
  let parameters: [Parameter]
}

extension WebSocketExtension {
  /// All of the `Sec-WebSocket-Extensions` fields; nil when one is not written as it must be.
  static func list(_ fields: [String]) -> [WebSocketExtension]? {
    var extensions: [WebSocketExtension] = []
    // Values are tokens, quoted or not, so that no comma or semicolon is ever inside one.
    for element in fields.flatMap({ $0.split(separator: ",", omittingEmptySubsequences: true) }) {
      let element = element.withoutOuterBlanks
      guard !element.isEmpty else { continue }
      let parts = element.split(separator: ";", omittingEmptySubsequences: false).map(\.withoutOuterBlanks)
      guard parts[0].isToken else { return nil }
      var parameters: [Parameter] = []
      for part in parts.dropFirst() {
        guard let parameter = Parameter(part) else { return nil }
        parameters.append(parameter)
      }
      extensions.append(WebSocketExtension(name: parts[0], parameters: parameters))
    }
    return extensions
  }
}

extension WebSocketExtension.Parameter {
  fileprivate init?(_ text: String) {
    let sides = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(\.withoutOuterBlanks)
    guard let name = sides.first, name.isToken else { return nil }
    self.name = name
    guard sides.count == 2 else {
      value = nil
      return
    }
    let quoted = sides[1]
    let isQuoted = quoted.count >= 2 && quoted.hasPrefix("\"") && quoted.hasSuffix("\"")
    let value = isQuoted ? String(quoted.dropFirst().dropLast()) : quoted
    guard value.isToken else { return nil }
    self.value = value
  }
}
