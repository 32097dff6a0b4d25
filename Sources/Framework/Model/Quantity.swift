/// A price or a size as it came in: its exact digits, and the double nearest to them, computed once.
///
/// Detectors compute with `value`; whatever is stored, published or ordered uses `exact`. Text that is no number, or
/// that has more digits than an `ExactDecimal` holds, still makes a `Quantity`: the rules of detection decide what
/// becomes of it, not the reader.
@frozen
public struct Quantity: Sendable, Equatable {
  @usableFromInline let mantissa: Int64
  @usableFromInline let exponent: Int8
  @usableFromInline let form: Form
  /// The nearest double; infinite when too large for one, NaN when there is no number.
  public let value: Double

  @frozen
  @usableFromInline
  enum Form: UInt8, Sendable { case exact, inexact, malformed, missing }

  @inlinable
  init(mantissa: Int64, exponent: Int8, form: Form, value: Double) {
    self.mantissa = mantissa
    self.exponent = exponent
    self.form = form
    self.value = value
  }

  @inlinable
  public init(_ exact: ExactDecimal) {
    self.init(mantissa: exact.mantissa, exponent: exact.exponent, form: .exact, value: exact.doubleValue)
  }

  /// Reads a text, which may be anything.
  @inlinable
  public init(text: RawSpan) {
    switch NumberText.parse(text, from: 0) {
    case .exact(let exact, let end) where end == text.byteCount: self.init(exact)
    case .inexact(let end) where end == text.byteCount: self.init(wellFormed: text)
    default: self = .malformed
    }
  }

  @usableFromInline
  init(wellFormed text: RawSpan) {
    let value = NumberText.double(ofWellFormed: text, from: 0, to: text.byteCount)
    self.init(mantissa: 0, exponent: 0, form: .inexact, value: value)
  }

  /// A text that is not a number in JSON's grammar.
  public static let malformed = Quantity(mantissa: 0, exponent: 0, form: .malformed, value: .nan)
  /// A quantity that the venue did not give.
  public static let missing = Quantity(mantissa: 0, exponent: 0, form: .missing, value: .nan)

  /// The digits; nil when there are none, or more than an `ExactDecimal` holds.
  @inlinable
  public var exact: ExactDecimal? {
    form == .exact ? ExactDecimal(mantissa: mantissa, exponent: exponent) : nil
  }

  /// A finite number above 0. NaN fails the comparison, so what is no number is no price.
  @inlinable
  public var isPrice: Bool { value > 0 && value < .infinity }

  /// A finite number that is not negative.
  @inlinable
  public var isSize: Bool { value >= 0 && value < .infinity }

  public var isMissing: Bool { form == .missing }

  /// By exact value where there is one; NaN equals NaN here, as a text that is no number equals another.
  public static func == (left: Quantity, right: Quantity) -> Bool {
    guard left.form == right.form else { return false }
    switch left.form {
    case .exact: return left.exact == right.exact
    case .inexact: return left.value == right.value
    case .malformed, .missing: return true
    }
  }
}
