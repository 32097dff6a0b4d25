import ArbdFramework
import Testing

@Suite struct ConfigurationDocumentationTests {
  @Test func plainTable() throws {
    let kafka = try #require(testRegistry.sinks.first { $0.name == "kafka" })
    #expect(
      OptionsTable(kafka.options).plainText == """
        brokers  string           required  host:port, several with commas.
        topics   strings by name  {}        Topics by kind of record.
        linger   duration         "5ms"     How long to wait for a batch.

        """)
  }

  @Test func groupsLimitsAndUnits() throws {
    let cycle = try #require(testRegistry.detectors.first { $0.name == "cycle" })
    let rows = OptionsTable(cycle.options).rows
    func row(_ key: String) -> [String]? { rows.first { $0.key == key }.map { [$0.type, $0.value] } }
    #expect(row("assets") == ["list of strings, 3 or more", "required"])
    #expect(row("max_legs") == ["integer, 3 to 8 (trades)", "3"])
    #expect(row("window") == ["object", "required"])
    #expect(row("window.size") == ["duration, more than 0", "required"])
    #expect(row("window.idle_timeout") == ["duration or \"never\"", "\"10s\""])
    #expect(row("threshold") == ["object", ""])
    #expect(row("threshold.net_bps") == ["number (basis points)", ""])
    #expect(row("price") == ["\"mean\", \"vwap\", \"last\"", "\"mean\""])
    #expect(
      OptionsTable(Configuration.fields.map(\.documentation)).rows.map(\.key).contains(
        "fees.<name>.taker_bps"))
  }

  @Test func commonKeysAreDocumented() throws {
    let table = OptionsTable(try #require(testRegistry.sinks.first { $0.name == "tape" }).commonOptions)
    let keys = table.rows.map(\.key).filter { !$0.contains(".") }
    #expect(keys == ["name", "records", "filter", "startup", "batch", "retry", "queue"])
    #expect(table.rows[1].type == "list of \"trades\"")
    #expect(table.rows[1].value == "required")
  }

  @Test func markdownTable() throws {
    let replay = try #require(testRegistry.sources.first)
    #expect(
      OptionsTable(replay.options).markdown == """
        | Key | Type | Default | |
        | --- | --- | --- | --- |
        | `path` | path | required | File to read, or - for standard input. |
        | `format` | "records", "capture" | `"records"` | What the file holds. |
        | `loop` | boolean | `false` | Start again at the end. |
        | `adapters` | list of adapters | `[]` | Those whose frames a capture holds. |

        """)
    #expect(OptionsTable([]).markdown == "" && OptionsTable([]).plainText == "")
  }

  @Test func schemaIsTheSameEachTime() {
    let schema = ConfigurationSchema(testRegistry)
    #expect(schema.text == ConfigurationSchema(testRegistry).text)
    #expect(schema.document["additionalProperties"] == false)
    #expect(schema.document["required"] == ["sources"])
    let size = schema.document["$defs"]?["detector.spread"]?["properties"]?["window"]?["properties"]?["size"]
    #expect(size?["pattern"] == "^[0-9]+(\\.[0-9]+)?(ms|s|m|h)$|\\$\\{")
    let records = schema.document["$defs"]?["sink.discord"]?["properties"]?["records"]
    #expect(records?["items"]?["anyOf"] == [["enum": ["alerts"]], OptionSchema.variable])
    #expect(records?["default"] == ["alerts"])
    let type = schema.document["$defs"]?["source"]?["properties"]?["type"]?["anyOf"]
    #expect(type?.description.contains(#"{"const": "replay", "description": "Reads a file."}"#) == true)
  }

  @Test func prettyPrinting() {
    let tree: JSONTree = [
      "a": [], "b": ["x": 1, "y": [1, 2, ["z"]], "e": [:]], "c": [["k": true]],
      "long": .array(
        Array(repeating: .string("0123456789"), count: 8)),
    ]
    let long = Array(repeating: #"    "0123456789""#, count: 8).joined(separator: ",\n")
    #expect(
      tree.prettyPrinted == """
        {
          "a": [],
          "b": {
            "x": 1,
            "y": [1, 2, ["z"]],
            "e": {}
          },
          "c": [
            {
              "k": true
            }
          ],
          "long": [
        \(long)
          ]
        }

        """)
  }
}
