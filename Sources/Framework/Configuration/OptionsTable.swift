/// The options of a plugin for people: one row each, those inside a group below it as `window.size`.
public struct OptionsTable: Sendable {
  public struct Row: Sendable, Equatable {
    public let key: String
    /// With its limits and unit: `number (basis points)`.
    public let type: String
    /// `required`, the default as JSON, or empty where there is none.
    public let value: String
    public let text: String
  }

  public let rows: [Row]

  public init(_ options: [OptionDocumentation]) {
    rows = OptionsTable.rows(of: options, in: "")
  }

  private static func rows(of options: [OptionDocumentation], in group: String) -> [Row] {
    options.flatMap { option in
      let type = option.unit.map { "\(option.typeName) (\($0))" } ?? option.typeName
      // The defaults of a group are those in its rows.
      let value = option.nested.isEmpty ? option.defaultValue?.description : nil
      let row = Row(
        key: group + option.key, type: type, value: option.isRequired ? "required" : value ?? "",
        text: option.text)
      return [row] + rows(of: option.nested, in: "\(row.key).")
    }
  }

  /// Columns lined up with blanks, a line for each option; empty when there are none.
  public var plainText: String {
    let widths = [\Row.key, \Row.type, \Row.value].map { column in
      rows.map { $0[keyPath: column].count }.max() ?? 0
    }
    return rows.map { row in
      let cells = zip([row.key, row.type, row.value], widths).map { cell, width in
        cell + String(repeating: " ", count: width - cell.count)
      }
      return "\(cells.joined(separator: "  "))  \(row.text)\n"
    }.joined()
  }

  /// A table with a head, as Markdown; empty when there are no options.
  public var markdown: String {
    if rows.isEmpty { return "" }
    let body = rows.map { row in
      let isDefault = !row.value.isEmpty && row.value != "required"
      let cells = ["`\(row.key)`", row.type, isDefault ? "`\(row.value)`" : row.value, row.text]
      return "| \(cells.map(OptionsTable.escaped).joined(separator: " | ")) |\n"
    }
    return "| Key | Type | Default | |\n| --- | --- | --- | --- |\n" + body.joined()
  }

  private static func escaped(_ cell: String) -> String {
    cell.split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|")
  }
}
