internal import COpenSSL

/// Signatures that venues and receivers ask for.
public enum Signature {
  /// HMAC-SHA256 (RFC 2104), 32 bytes.
  public static func hmacSHA256(_ message: some Sequence<UInt8>, key: some Sequence<UInt8>) -> [UInt8] {
    let (message, key) = (Array(message), Array(key))
    var length: UInt32 = 0
    return [UInt8](unsafeUninitializedCapacity: Int(EVP_MAX_MD_SIZE)) { room, count in
      _ = HMAC(EVP_sha256(), key, Int32(key.count), message, message.count, room.baseAddress, &length)
      count = Int(length)
    }
  }
}
