internal import ArbdFramework
internal import Foundation

/// What a signed subscription needs.
///
/// https://docs.cdp.coinbase.com/exchange/websocket-feed/authentication
struct CoinbaseCredentials: Sendable {
  private let key: Secret
  private let secret: [UInt8]
  private let passphrase: Secret

  /// Nil without a key; throws when something is missing or the secret is no base64.
  init?(_ options: CoinbaseAdapter.Options) throws(OptionError) {
    let given = [("api_key", options.key), ("api_secret", options.secret), ("passphrase", options.passphrase)]
    if given.allSatisfy({ $0.1 == nil }) { return nil }
    guard let key = options.key, let secret = options.secret, let passphrase = options.passphrase else {
      let missing = given.first { $0.1 == nil }?.0 ?? ""
      throw OptionError(key: missing, "is needed where one of api_key, api_secret and passphrase is given")
    }
    guard let bytes = Data(base64Encoded: secret.revealed).map(Array.init) else {
      throw OptionError(key: "api_secret", "must be base64, as the venue gives it")
    }
    (self.key, self.secret, self.passphrase) = (key, bytes, passphrase)
  }

  /// The members to add to a message that is sent at `time`: base64 of HMAC-SHA256 over seconds, method and path.
  func signature(at time: Timestamp) -> [(key: String, value: String)] {
    let seconds = String(time.microseconds / 1_000_000)
    let signature = Signature.hmacSHA256("\(seconds)GET/users/self/verify".utf8, key: secret)
    return [
      ("signature", Data(signature).base64EncodedString()), ("key", key.revealed),
      ("passphrase", passphrase.revealed), ("timestamp", seconds),
    ]
  }
}
