import ArbdFramework
import ArbdTerminal

/// A text with places for what an alert says: `{route}: {net_bps} bps`. `{{` is a brace.
struct AlertTemplate: Sendable {
  private enum Part: Sendable {
    case text(String)
    case field(@Sendable (Alert) -> String)
  }

  /// Why a text is no template.
  struct Problem: Error, Equatable {
    let message: String
  }

  private let parts: [Part]

  init(_ text: String) throws(Problem) {
    var parts: [Part] = []
    var plain = ""
    var rest = text[...]
    while let next = rest.popFirst() {
      guard next == "{" else {
        plain.append(next)
        continue
      }
      if rest.first == "{" {
        plain.append(rest.removeFirst())
        continue
      }
      guard let end = rest.firstIndex(of: "}") else { throw Problem(message: "has a { without its }") }
      let name = String(rest[..<end])
      guard let field = AlertTemplate.fields.first(where: { $0.name == name }) else {
        let known = AlertTemplate.fields.map { "{\($0.name)}" }.joined(separator: ", ")
        throw Problem(message: "names {\(name.prefix(40))}, which is none of \(known)")
      }
      rest = rest[rest.index(after: end)...]
      parts += [.text(plain), .field(field.value)]
      plain = ""
    }
    self.parts = parts + [.text(plain)]
  }

  func text(of alert: Alert) -> String {
    parts.reduce(into: "") { text, part in
      switch part {
      case .text(let plain): text += plain
      case .field(let value): text += value(alert)
      }
    }
  }

  private struct Field: Sendable {
    let name: String
    let value: @Sendable (Alert) -> String
  }

  private static let fields: [Field] = [
    Field(name: "id") { $0.id },
    Field(name: "detector") { $0.detector },
    Field(name: "type") { $0.type },
    Field(name: "route") { alert in
      alert.legs.map { "\($0.side.name) \($0.market) \(Figure.price($0.price))" }.joined(separator: " → ")
    },
    Field(name: "spread") { $0.spread.map(Figure.price) ?? "" },
    Field(name: "gross_bps") { Figure.signed($0.grossBasisPoints) },
    Field(name: "net_bps") { Figure.signed($0.netBasisPoints) },
    Field(name: "window_start") { "\($0.windowStart)" },
    Field(name: "window_end") { "\($0.windowEnd)" },
    Field(name: "detected_at") { "\($0.detectedAt)" },
  ]
}
