internal import ArbdFramework

/// What a client of Coinbase Exchange asks for.
///
///     {"type":"subscribe","product_ids":["BTC-USD"],"channels":["matches",{"name":"ticker","product_ids":["ETH-USD"]}]}
///
/// A channel that is only named has the products of the message; one with products of its own has those as well.
struct CoinbaseRequest: Equatable {
  enum Kind: String {
    case subscribe, unsubscribe
  }

  struct Channel: Equatable {
    var name: String
    var products: [String] = []
  }

  /// Why a message is no request.
  enum Problem: Error, Equatable {
    case notJSON
    case unknownType
    case noChannels
  }

  let kind: Kind
  /// Each with all its products.
  let channels: [Channel]
  /// It carries a key, a passphrase, a time and a signature, of whatever worth.
  let isSigned: Bool

  init(_ text: [UInt8]) throws(Problem) {
    var fields = Fields()
    do throws(JSONError) {
      try fields.read(text)
    } catch {
      throw .notJSON
    }
    guard let kind = Kind(rawValue: fields.type) else { throw .unknownType }
    // To leave all channels of some products, none has to be named.
    if fields.channels.isEmpty, kind == .subscribe || fields.products.isEmpty { throw .noChannels }
    self.kind = kind
    isSigned = fields.signature.count == Fields.signatureKeys.count
    if fields.channels.isEmpty {
      channels = CoinbaseChannel.allCases.map { Channel(name: $0.rawValue, products: fields.products) }
    } else {
      channels = fields.channels.map { Channel(name: $0.name, products: fields.products + $0.products) }
    }
  }

  private struct Fields {
    var type = ""
    var products: [String] = []
    var channels: [Channel] = []
    var signature: Set<String> = []

    static let signatureKeys: Set<String> = ["signature", "key", "passphrase", "timestamp"]

    mutating func read(_ text: [UInt8]) throws(JSONError) {
      var json = JSONScanner(text.span.bytes)
      try json.beginObject()
      while let key = try json.nextKey() {
        if key == "type" {
          type = try json.readString().string
        } else if key == "product_ids" {
          products = try CoinbaseRequest.strings(&json)
        } else if key == "channels" {
          try json.beginArray()
          while try json.nextElement() { channels.append(try CoinbaseRequest.channel(&json)) }
        } else if Fields.signatureKeys.contains(key.string) {
          signature.insert(key.string)
          try json.skipValue()
        } else {
          try json.skipValue()
        }
      }
      try json.finish()
    }
  }

  private static func channel(_ json: inout JSONScanner) throws(JSONError) -> Channel {
    guard try json.peek() == .object else { return Channel(name: try json.readString().string) }
    var channel = Channel(name: "")
    try json.beginObject()
    while let key = try json.nextKey() {
      if key == "name" {
        channel.name = try json.readString().string
      } else if key == "product_ids" {
        channel.products = try strings(&json)
      } else {
        try json.skipValue()
      }
    }
    return channel
  }

  private static func strings(_ json: inout JSONScanner) throws(JSONError) -> [String] {
    if try json.readNull() { return [] }
    var texts: [String] = []
    try json.beginArray()
    while try json.nextElement() { texts.append(try json.readString().string) }
    return texts
  }
}

/// The channels that are served. The last two are acknowledged, and stay silent.
enum CoinbaseChannel: String, CaseIterable {
  case matches, ticker, heartbeat, level2
  case level2Batch = "level2_batch"
  case tickerBatch = "ticker_batch"
  case status

  var isBook: Bool { self == .level2 || self == .level2Batch }

  /// Only for clients with a key.
  var isPrivate: Bool { self == .level2 }

  /// What others are called that exist for clients with a key.
  static let privateNames: Set<String> = ["full", "level3", "user", "rfq_matches"]
}
