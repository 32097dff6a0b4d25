internal import ArbdFramework

/// What is committed with an offset: up to when each detector has fired, up to which offset the partition was read, and
/// where the clock stood at the committed offset.
///
///     {"v":1,"read_until":5120,"clock_us":1700000003000000,"fired_until_us":{"btc":1700000000000000}}
struct CommittedProgress: Equatable {
  /// Brokers take 4,096 bytes unless they are told otherwise (`offset.metadata.max.bytes`).
  static let capacity = 4_096

  /// By detector.
  var firedUntil: [String: Timestamp] = [:]
  var readUntil: Int64 = 0
  var clock = Timestamp(microseconds: 0)

  /// Detectors in the order of their names; those that have no room are left out, and may fire once more.
  var encoded: (bytes: [UInt8], leftOut: Int) {
    guard !firedUntil.isEmpty else { return ([], 0) }
    var bytes: [UInt8] = []
    var leftOut = 0
    bytes.append("{\"v\":1,\"read_until\":")
    bytes.append(integer: readUntil)
    bytes.append(",\"clock_us\":")
    bytes.append(integer: clock.microseconds)
    bytes.append(",\"fired_until_us\":{")
    for (number, item) in firedUntil.sorted(by: { $0.key < $1.key }).enumerated() {
      var member: [UInt8] = number > leftOut ? [UInt8(ascii: ",")] : []
      member.append(jsonString: item.key)
      member.append(UInt8(ascii: ":"))
      member.append(integer: item.value.microseconds)
      if bytes.count + member.count + 2 > CommittedProgress.capacity { leftOut += 1 } else { bytes += member }
    }
    bytes.append("}}")
    return (bytes, leftOut)
  }

  init(firedUntil: [String: Timestamp], readUntil: Int64, clock: Timestamp) {
    self.firedUntil = firedUntil
    self.readUntil = readUntil
    self.clock = clock
  }

  /// Nil for what somebody else has written.
  init?(_ bytes: [UInt8]) {
    guard !bytes.isEmpty else { return }
    do throws(JSONError) {
      var json = JSONScanner(bytes.span.bytes)
      var version: Int64 = 0
      try json.beginObject()
      while let key = try json.nextKey() {
        if key == "v" {
          version = try json.readWholeNumber()
        } else if key == "read_until" {
          readUntil = try json.readWholeNumber()
        } else if key == "clock_us" {
          let time = try json.readWholeNumber()
          guard Timestamp.readableMicroseconds.contains(time) else { return nil }
          clock = Timestamp(microseconds: time)
        } else if key == "fired_until_us" {
          try json.beginObject()
          while let detector = try json.nextKey()?.string {
            let time = try json.readWholeNumber()
            guard Timestamp.readableMicroseconds.contains(time) else { return nil }
            firedUntil[detector] = Timestamp(microseconds: time)
          }
        } else {
          try json.skipValue()
        }
      }
      try json.finish()
      guard version == 1 else { return nil }
    } catch {
      return nil
    }
  }
}
