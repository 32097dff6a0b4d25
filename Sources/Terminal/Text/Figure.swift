/// Figures as people read them.
package enum Figure {
  /// `60,044.00`; more digits where the price is small: always at least five that count.
  package static func price(_ value: Double) -> String {
    let magnitude = value.magnitude
    var digits = 2
    var limit = 1_000.0
    while magnitude < limit, digits < 12, magnitude > 0 {
      digits += 1
      limit /= 10
    }
    return fixed(value, digits: min(digits, 12))
  }

  /// `+7.86`, `−62.10`.
  package static func signed(_ value: Double) -> String {
    let text = fixed(value.magnitude, digits: 2)
    return (value < 0 ? "−" : "+") + text
  }

  /// `10`, `7.5`: the shortest text that reads back the same.
  package static func plain(_ value: Double) -> String {
    let text = "\(value)"
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }

  /// `12,345`.
  package static func grouped(_ number: UInt64) -> String { grouped(String(number)) }

  /// `60,044.00`: with so many digits behind the point; as Swift writes it where that would be long.
  package static func fixed(_ value: Double, digits: Int) -> String {
    guard value.isFinite, value.magnitude < 1e15 else { return "\(value)" }
    var scale = 1.0
    for _ in 0..<digits { scale *= 10 }
    let scaled = (value.magnitude * scale).rounded()
    guard scaled < 9e18 else { return "\(value)" }
    let text = String(UInt64(scaled))
    let padded = String(repeating: "0", count: max(0, digits + 1 - text.count)) + text
    let sign = value < 0 && scaled > 0 ? "−" : ""
    let whole = sign + grouped(String(padded.dropLast(digits)))
    return digits > 0 ? "\(whole).\(padded.suffix(digits))" : whole
  }

  private static func grouped(_ digits: String) -> String {
    var text = ""
    for (place, digit) in digits.enumerated() {
      if place > 0, (digits.count - place) % 3 == 0 { text.append(",") }
      text.append(digit)
    }
    return text
  }
}
