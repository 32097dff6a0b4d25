import ArbdFramework
import Testing

private struct TextOptions: PluginOptions, Equatable {
  var text = ""
  static let fields: [OptionField<Self>] = [.required("text", \.text, "Any text.")]
}

@Suite struct ConfigurationVariableTests {
  private let environment = ["HOME": "/home/a", "EMPTY": "", "N_1": "one", "BRACE": "${HOME}"]

  @Test(arguments: [
    ("plain", "plain"), ("${HOME}", "/home/a"), ("a${N_1}b${N_1}", "aonebone"), ("${EMPTY}", ""),
    ("${NONE:-x y}", "x y"), ("${NONE:-}", ""), ("${EMPTY:-x}", "x"), ("${HOME:-x}", "/home/a"),
    ("$HOME", "$HOME"), ("5$", "5$"), ("$$", "$$"), ("$${HOME}", "${HOME}"), ("$$${HOME}", "$${HOME}"),
    ("${BRACE}", "${HOME}"), ("}{", "}{"), ("${NONE:-a:-b}", "a:-b"),
  ])
  func isReplaced(written: String, expected: String) throws {
    let (options, report) = try options(
      TextOptions.self, #"{"text": "\#(written)"}"#, environment: environment)
    #expect(report.isEmpty)
    #expect(options?.text == expected)
  }

  @Test(arguments: [
    ("${NONE}", "the environment variable NONE is not set; set it or write ${NONE:-default}"),
    ("${}", "${} names no environment variable"),
    ("${:-x}", "${} names no environment variable"),
    ("a${HOME", #""${HOME" has no closing brace; write ${NAME}, or $${ for the characters themselves"#),
    (
      "${A-B}",
      #""${A-B}" is not a variable; write ${NAME} or ${NAME:-default}, the name in letters, digits and _"#
    ),
    (
      "${1A}",
      #""${1A}" is not a variable; write ${NAME} or ${NAME:-default}, the name in letters, digits and _"#
    ),
    (
      "${A:x}",
      #""${A:x}" is not a variable; write ${NAME} or ${NAME:-default}, the name in letters, digits and _"#
    ),
    (
      "${ HOME }",
      #""${ HOME }" is not a variable; write ${NAME} or ${NAME:-default}, the name in letters, digits and _"#
    ),
    ("${A:-${HOME}}", "the default of ${A} cannot hold another variable"),
  ])
  func isRefused(written: String, expected: String) throws {
    let (options, report) = try options(
      TextOptions.self, #"{"text": "\#(written)"}"#, environment: environment)
    #expect(report == "sinks[0].text: \(expected)")
    #expect(options == nil)
  }

  @Test func everyMissingVariableIsNamed() throws {
    let report = try options(TextOptions.self, #"{"text": "${A}${HOME}${B}", "txt": "${C}"}"#).report
    for name in ["A", "B", "C", "HOME"] { #expect(report.contains("variable \(name) is not set")) }
  }

  @Test func aVariableCanGiveANumberOrATruth() {
    let text = #"""
      {"sources": [{"type": "replay", "path": "a", "loop": "${LOOP}"}],
       "fees": {"binance": {"taker_bps": "${FEE:-10}"}, "okx": {"taker_bps": "7.5"}}}
      """#
    let (configuration, diagnostics) = load(text, environment: ["LOOP": "true"])
    #expect(diagnostics.isEmpty)
    #expect((configuration?.sources.first?.options as? ReplayStubOptions)?.loop == true)
    #expect(configuration?.fees["binance"]?.takerBasisPoints == 10)
    #expect(configuration?.fees["okx"]?.takerBasisPoints == 7.5)
  }

  @Test(arguments: [
    ("${KEY}", "${KEY}"), ("https://h/${KEY}", "https://h/${KEY}"), ("${KEY:-x}", "${KEY:-x}"),
    ("plain", "***"), ("${NONE:-hidden}", "***"), ("$${KEY}", "***"), ("${KEY}${NONE:-hidden}", "***"),
  ])
  func aSecretIsNeverShown(written: String, shown: String) throws {
    let text = #"{"webhook": "\#(written)"}"#
    let secret = try options(DiscordStubOptions.self, text, environment: ["KEY": "s3cret"]).options?.webhook
    let all = [
      secret?.description, secret?.debugDescription, secret.map { "\(DiscordStubOptions(webhook: $0))" },
    ]
    for text in all {
      #expect(text?.contains(shown) == true)
      #expect(text?.contains("s3cret") == false)
    }
    #expect(secret?.encoded == .string(shown))
    var dumped = ""
    dump(secret, to: &dumped)
    #expect(!dumped.contains("s3cret") && !dumped.contains("hidden"))
  }

  @Test func aSecretOfAnotherTypeIsNotShownEither() throws {
    #expect(
      try options(DiscordStubOptions.self, #"{"webhook": 12345}"#).report
        == "sinks[0].webhook: expected a string, found a number")
  }
}
