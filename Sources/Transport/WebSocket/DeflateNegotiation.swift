/// The parameters of permessage-deflate as one side wrote them: RFC 7692, section 7.1.
private struct DeflateWords {
  var serverKeepsContext = true
  var clientKeepsContext = true
  var serverWindowBits: Int?
  var clientWindowBits: Int?
  /// Named, with a value or without.
  var hasClientWindowBits = false

  /// Nil when a parameter is unknown, named twice or has a wrong value. Only an offer may name the client's window
  /// without a value.
  init?(_ parameters: [WebSocketExtension.Parameter], isOffer: Bool) {
    guard Set(parameters.map(\.name)).count == parameters.count else { return nil }
    for parameter in parameters {
      switch (parameter.name, parameter.value) {
      case ("server_no_context_takeover", nil): serverKeepsContext = false
      case ("client_no_context_takeover", nil): clientKeepsContext = false
      case ("server_max_window_bits", let value?):
        guard let bits = DeflateWords.windowBits(value) else { return nil }
        serverWindowBits = bits
      case ("client_max_window_bits", let value?):
        guard let bits = DeflateWords.windowBits(value) else { return nil }
        clientWindowBits = bits
        hasClientWindowBits = true
      case ("client_max_window_bits", nil) where isOffer: hasClientWindowBits = true
      default: return nil
      }
    }
  }

  private static func windowBits(_ text: String) -> Int? {
    let allowed = (8...15).map { "\($0)" }
    return allowed.firstIndex(of: text).map { $0 + 8 }
  }
}

extension DeflateParameters {
  static let extensionName = "permessage-deflate"

  /// What a client that wants these parameters asks for.
  package var offer: String {
    var words = [DeflateParameters.extensionName]
    if !server.keepsContext { words.append("server_no_context_takeover") }
    if !client.keepsContext { words.append("client_no_context_takeover") }
    if server.windowBits < 15 { words.append("server_max_window_bits=\(server.windowBits)") }
    words.append(client.windowBits < 15 ? "client_max_window_bits=\(client.windowBits)" : "client_max_window_bits")
    return words.joined(separator: "; ")
  }

  /// What a server's answer to `offer` comes to; nil when it must be refused.
  func granted(_ answer: WebSocketExtension) -> DeflateParameters? {
    guard answer.name == DeflateParameters.extensionName,
      let words = DeflateWords(answer.parameters, isOffer: false),
      server.keepsContext || !words.serverKeepsContext,
      words.serverWindowBits ?? 15 <= server.windowBits
    else { return nil }
    return DeflateParameters(
      server: Direction(keepsContext: words.serverKeepsContext, windowBits: words.serverWindowBits ?? 15),
      client: Direction(
        keepsContext: client.keepsContext && words.clientKeepsContext,
        windowBits: min(client.windowBits, words.clientWindowBits ?? 15)))
  }

  /// A server's choice, where these parameters are its own limits: what it grants of a client's offers, and the words for
  /// its answer. Nil when no offer suits.
  func choice(from offers: [WebSocketExtension]) -> (agreed: DeflateParameters, answer: String)? {
    for offer in offers where offer.name == DeflateParameters.extensionName {
      guard let words = DeflateWords(offer.parameters, isOffer: true) else { continue }
      let agreed = DeflateParameters(
        server: Direction(
          keepsContext: server.keepsContext && words.serverKeepsContext,
          windowBits: min(server.windowBits, words.serverWindowBits ?? 15)),
        client: Direction(
          keepsContext: client.keepsContext && words.clientKeepsContext,
          windowBits: words.hasClientWindowBits ? min(client.windowBits, words.clientWindowBits ?? 15) : 15))
      // zlib cannot compress within 256 bytes.
      guard agreed.server.windowBits >= 9 else { continue }
      var answer = [DeflateParameters.extensionName]
      if !agreed.server.keepsContext { answer.append("server_no_context_takeover") }
      if !agreed.client.keepsContext { answer.append("client_no_context_takeover") }
      if agreed.server.windowBits < 15 || words.serverWindowBits != nil {
        answer.append("server_max_window_bits=\(agreed.server.windowBits)")
      }
      if agreed.client.windowBits < 15 || words.clientWindowBits != nil {
        answer.append("client_max_window_bits=\(agreed.client.windowBits)")
      }
      return (agreed, answer.joined(separator: "; "))
    }
    return nil
  }
}
