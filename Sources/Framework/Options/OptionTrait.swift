/// What one option asks of its value beyond the type: a range, a unit, no duplicates.
public struct OptionTrait<Value: OptionValue>: Sendable {
  /// Stands in the documentation in place of the type's name.
  var typeName: String?
  /// Stands behind it: `3 to 8`.
  var limit: String?
  var unit: String?
  /// Says the same in JSON Schema.
  var refine: @Sendable (inout JSONTree) -> Void = { _ in }
  /// Reports and returns false when the value will not do. The node is where the value was read.
  var check: @Sendable (Value, ConfigurationNode, inout OptionDecoder) -> Bool = { _, _, _ in true }

  /// A rule of a plugin's own: `problem` is nil for a good value and else a message that goes on from the path, such as
  /// `must end in .jsonl`.
  public static func rule(_ problem: @escaping @Sendable (Value) -> String?) -> OptionTrait {
    OptionTrait(check: { value, node, decoder in
      guard let message = problem(value) else { return true }
      return decoder.fail(message, at: node)
    })
  }

  /// The unit of a number: `basis points`.
  public static func unit(_ unit: String) -> OptionTrait { OptionTrait(unit: unit) }

  /// A better name than the type's for people: `path`.
  public static func named(_ typeName: String) -> OptionTrait { OptionTrait(typeName: typeName) }
}

extension OptionTrait where Value: Comparable {
  /// Within the range, whose bounds are named in the documentation and in the schema.
  public static func `in`(_ range: ClosedRange<Value>) -> OptionTrait {
    let words = "\(range.lowerBound.encoded) to \(range.upperBound.encoded)"
    return bounded(words, minimum: ("minimum", range.lowerBound), maximum: range.upperBound) {
      range.contains($0)
    }
  }

  /// The lower bound or more.
  public static func `in`(_ range: PartialRangeFrom<Value>) -> OptionTrait {
    bounded("\(range.lowerBound.encoded) or more", minimum: ("minimum", range.lowerBound)) {
      range.contains($0)
    }
  }

  private static func bounded(
    _ words: String, minimum: (key: String, value: Value), maximum: Value? = nil,
    holds: @escaping @Sendable (Value) -> Bool
  ) -> OptionTrait {
    OptionTrait(
      limit: words,
      refine: { schema in
        // JSON Schema bounds numbers only: a duration, which is a string, is left to the program.
        if case .number = minimum.value.encoded { schema[minimum.key] = minimum.value.encoded }
        if let maximum, case .number = maximum.encoded { schema["maximum"] = maximum.encoded }
      },
      check: { value, node, decoder in
        holds(value) || decoder.fail("must be \(words), found \(value.encoded)", at: node)
      })
  }
}

extension OptionTrait where Value: Comparable & AdditiveArithmetic {
  /// More than 0.
  public static var positive: OptionTrait {
    bounded("more than 0", minimum: ("exclusiveMinimum", .zero)) { $0 > .zero }
  }
}

extension OptionTrait where Value: Collection {
  /// At least one element (character, member).
  public static var nonEmpty: OptionTrait { count(1...) }

  /// How many elements (characters, members) there are at least.
  public static func count(_ range: PartialRangeFrom<Int>) -> OptionTrait {
    let least = range.lowerBound
    return OptionTrait(
      limit: least > 1 ? "\(least) or more" : nil,
      refine: { schema in
        let key = ["array": "minItems", "object": "minProperties", "string": "minLength"]
        if case .string(let type)? = schema["type"], let key = key[type] { schema[key] = .number(least) }
      },
      check: { value, node, decoder in
        if value.count >= least { return true }
        if value.isEmpty, least == 1 { return decoder.fail("must not be empty", at: node) }
        return decoder.fail("must have at least \(least) elements, found \(value.count)", at: node)
      })
  }
}

extension OptionTrait where Value: RandomAccessCollection, Value.Element: Hashable & OptionValue {
  /// No element twice.
  public static var distinct: OptionTrait {
    OptionTrait(
      refine: { $0["uniqueItems"] = true },
      check: { value, node, decoder in
        var seen: Set<Value.Element> = []
        var isDistinct = true
        for (element, place) in zip(value, node.elements) where !seen.insert(element).inserted {
          isDistinct = decoder.fail("\(element.encoded) stands here twice", at: place)
        }
        return isDistinct
      })
  }
}

extension OptionTrait where Value: RandomAccessCollection, Value.Element: OptionValue {
  /// What is asked of each element.
  public static func each(_ trait: OptionTrait<Value.Element>) -> OptionTrait {
    OptionTrait(
      refine: { schema in
        guard var items = schema["items"] else { return }
        trait.refine(&items)
        schema["items"] = items
      },
      check: { value, node, decoder in
        zip(value, node.elements).reduce(true) { trait.check($1.0, $1.1, &decoder) && $0 }
      })
  }
}

extension OptionTrait<String> {
  /// Something that a file system can be asked for.
  public static var path: OptionTrait {
    rule { $0.utf8.contains(0) ? "must hold no NUL" : nil }
  }
}
