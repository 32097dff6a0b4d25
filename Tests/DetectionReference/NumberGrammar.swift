import Foundation

/// The double that a price or size string stands for: nil when the string is outside JSON's number grammar
/// or the double is not finite.
func number(_ text: String, _ mutation: Mutation? = nil) -> Double? {
  var text = text
  switch mutation {
  case .spacesAroundNumbersAccepted:
    text = text.trimmingCharacters(in: .whitespaces)
  case .hexadecimalNumbersAccepted where text.hasPrefix("0x"):
    return Double(text)
  case .plusSignAccepted where text.hasPrefix("+"):
    text.removeFirst()
  case .leadingZeroAccepted:
    while text.hasPrefix("0"), text.dropFirst().first?.isNumber == true { text.removeFirst() }
  case .bareFractionAccepted where text.hasPrefix("."):
    text = "0" + text
  case .bareFractionAccepted where text.hasSuffix("."):
    text.removeLast()
  case .exponentRefused where text.lowercased().contains("e"):
    return nil
  default:
    break
  }
  guard isJSONNumber(text), let value = Double(text) else { return nil }
  return value.isFinite || mutation == .infinityAccepted ? value : nil
}

/// number = [ "-" ] ( "0" / digit1-9 *digit ) [ "." 1*digit ] [ ( "e" / "E" ) [ "-" / "+" ] 1*digit ]
/// (RFC 8259, section 6)
private func isJSONNumber(_ text: String) -> Bool {
  var rest = Array(text.utf8)[...]
  func take(_ allowed: String) -> Bool {
    guard let first = rest.first, allowed.utf8.contains(first) else { return false }
    rest.removeFirst()
    return true
  }
  func takeDigits() -> Bool {
    guard take("0123456789") else { return false }
    while take("0123456789") {}
    return true
  }
  _ = take("-")
  if !take("0") {
    guard takeDigits() else { return false }
  }
  if take(".") {
    guard takeDigits() else { return false }
  }
  if take("eE") {
    _ = take("+-")
    guard takeDigits() else { return false }
  }
  return rest.isEmpty
}
