internal import ArbdFramework

/// Where the parts of a JSON text stand, without a judgement of it: what mutations are made from.
struct FrameText {
  let bytes: [UInt8]
  /// Contents of strings, without the quotes.
  private(set) var strings: [Range<Int>] = []
  /// Numbers outside of strings.
  private(set) var numbers: [Range<Int>] = []
  /// Behind each `{`.
  private(set) var objects: [Int] = []

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    var place = 0
    while place < bytes.count {
      switch bytes[place] {
      case UInt8(ascii: "\""):
        var end = place + 1
        while end < bytes.count, bytes[end] != UInt8(ascii: "\"") {
          end += bytes[end] == UInt8(ascii: "\\") ? 2 : 1
        }
        strings.append(place + 1..<max(place + 1, min(end, bytes.count)))
        place = end + 1
      case UInt8(ascii: "{"):
        place += 1
        objects.append(place)
      case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
        var end = place
        while end < bytes.count, FrameText.isOfNumber(bytes[end]) { end += 1 }
        numbers.append(place..<end)
        place = end
      default: place += 1
      }
    }
  }

  private static func isOfNumber(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."),
      UInt8(ascii: "e"), UInt8(ascii: "E"):
      true
    default: false
    }
  }

  /// Numbers, in strings or not, by their exact digits.
  var decimals: [ExactDecimal] {
    (strings + numbers).compactMap { try? ExactDecimal(String(decoding: bytes[$0], as: UTF8.self)) }
  }

  /// With a member that no venue sends in front of every object's own, or behind them.
  func withUnknownMembers(inFront: Bool) -> [UInt8] {
    let member = Array("\"arbd_unknown\":{\"list\":[1,\"x\",null],\"text\":\"y\"}".utf8)
    var result = bytes
    for start in objects.reversed() {
      let isEmpty = FrameText.next(in: bytes, from: start) == UInt8(ascii: "}")
      if inFront || isEmpty {
        result.insert(contentsOf: isEmpty ? member : member + [UInt8(ascii: ",")], at: start)
      }
    }
    if inFront { return result }
    result = bytes
    for end in ends.reversed() { result.insert(contentsOf: [UInt8(ascii: ",")] + member, at: end) }
    return result
  }

  /// In front of each `}` of an object that is not empty.
  private var ends: [Int] {
    var ends: [Int] = []
    var starts: [Int] = []
    var place = 0
    var inside = strings[...]
    while place < bytes.count {
      if let string = inside.first, string.lowerBound == place + 1 {
        place = string.upperBound + 1
        inside.removeFirst()
        continue
      }
      if bytes[place] == UInt8(ascii: "{") { starts.append(place + 1) }
      if bytes[place] == UInt8(ascii: "}"), let start = starts.popLast(),
        FrameText.next(in: bytes, from: start) != UInt8(ascii: "}")
      {
        ends.append(place)
      }
      place += 1
    }
    return ends
  }

  private static func next(in bytes: [UInt8], from start: Int) -> UInt8? {
    bytes[start...].first { $0 > 0x20 }
  }

  /// How often a text stands here as a whole: what surrounds it is neither a letter nor a digit.
  static func count(_ symbol: String, in text: String) -> Int {
    let (haystack, needle) = (Array(text.lowercased().utf8), Array(symbol.lowercased().utf8))
    guard !needle.isEmpty, haystack.count >= needle.count else { return 0 }
    func isInside(_ place: Int) -> Bool {
      guard haystack.indices.contains(place) else { return false }
      switch haystack[place] {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): return true
      default: return false
      }
    }
    return (0...haystack.count - needle.count).count { start in
      haystack[start..<start + needle.count].elementsEqual(needle) && !isInside(start - 1)
        && !isInside(start + needle.count)
    }
  }

  /// Kinds of frames apart: the text without its numbers and without the contents of strings that hold digits.
  var shape: [UInt8] {
    var shape: [UInt8] = []
    var end = 0
    let values = (numbers + strings.filter { bytes[$0].contains { (0x30...0x39).contains($0) } })
      .sorted { $0.lowerBound < $1.lowerBound }
    for range in values where range.lowerBound >= end {
      shape += bytes[end..<range.lowerBound]
      end = range.upperBound
    }
    shape += bytes[min(end, bytes.count)...]
    // A list of ten levels is of the same kind as one of eleven.
    return Array(shape.prefix(400))
  }

  /// What can be shown in a report.
  static func excerpt(_ bytes: [UInt8], atMost count: Int = 160) -> String {
    let text = String(decoding: bytes.prefix(count), as: UTF8.self).printable
    return bytes.count > count ? text + "…" : text
  }
}
