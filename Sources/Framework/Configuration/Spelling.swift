/// Finds what a misspelt word was meant to be.
enum Spelling {
  /// What to say about `word`, which is none of `choices`: the nearest of them, or all when none is near and they are
  /// few; nil when there is nothing useful to say. `noun` is the plural of what the choices are: `keys`.
  static func suggestion(for word: String, among choices: [String], noun: String) -> String? {
    if let near = nearest(to: word, among: choices) { return "did you mean \(Quoted(near))?" }
    return known(choices, noun: noun)
  }

  /// `known keys: "a", "b"`; nil when they are too many to be read.
  static func known(_ choices: [String], noun: String) -> String? {
    guard !choices.isEmpty, choices.count <= 16 else { return nil }
    return "known \(noun): " + choices.map { "\(Quoted($0))" }.joined(separator: ", ")
  }

  /// The choice that takes the fewest edits, the first of equals; nil when all take more than a third of the letters.
  static func nearest(to word: String, among choices: [String]) -> String? {
    let longest = 64
    guard word.count <= longest else { return nil }
    let letters = Array(word.lowercased())
    var best: (choice: String, distance: Int)?
    for choice in choices where choice.count <= longest {
      let candidate = Array(choice.lowercased())
      let edits = distance(letters, candidate)
      guard edits <= max(letters.count, candidate.count) / 3, edits < best?.distance ?? Int.max else {
        continue
      }
      best = (choice, edits)
    }
    return best?.choice
  }

  /// Damerau and Levenshtein's: letters put in, left out, changed, or swapped with their neighbour (each letter at most
  /// once: the optimal string alignment).
  static func distance(_ left: [Character], _ right: [Character]) -> Int {
    var beforeLast: [Int] = []
    var last = Array(0...right.count)
    for row in 1..<(left.count + 1) {
      var current = [row]
      for column in 1..<(right.count + 1) {
        let change = left[row - 1] == right[column - 1] ? 0 : 1
        var edits = min(last[column] + 1, current[column - 1] + 1, last[column - 1] + change)
        if row > 1, column > 1, left[row - 1] == right[column - 2], left[row - 2] == right[column - 1] {
          edits = min(edits, beforeLast[column - 2] + 1)
        }
        current.append(edits)
      }
      (beforeLast, last) = (last, current)
    }
    return last[right.count]
  }
}
