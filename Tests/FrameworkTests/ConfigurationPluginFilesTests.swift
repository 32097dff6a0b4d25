import ArbdFramework
import Testing

/// The files of `plugins` are known before anything else of a configuration can be read.
@Suite struct ConfigurationPluginFilesTests {
  private func files(_ text: String, _ environment: [String: String] = [:]) -> [Configuration.PluginFile] {
    Configuration.pluginFiles(text: Array(text.utf8), fileName: "config.json", environment: environment).files
  }

  @Test func theyAreFoundWhateverElseIsWrong() {
    let found = files(#"{"sources":[{"type":"nobody"}],"plugins":["a.so","${DIR}/b.so"],"unknown":1}"#, ["DIR": "/opt"])
    #expect(found.map(\.path) == ["a.so", "/opt/b.so"])
    #expect(found.map(\.position.path.description) == ["plugins[0]", "plugins[1]"])
  }

  @Test(arguments: [
    "{}", #"{"plugins":[]}"#, #"{"plugins":"a.so"}"#, #"{"plugins":[1,null,"",{"path":"a.so"}]}"#, "{", "",
    #"{"plugins":["${UNSET}"]}"#,
  ])
  func whatNamesNoFileIsLeftToTheReader(_ text: String) { #expect(files(text).isEmpty) }

  @Test func theFindingsBeginEmpty() {
    let found = Configuration.pluginFiles(text: Array(#"{"plugins":[1]}"#.utf8), fileName: "f", environment: [:])
    #expect(found.diagnostics.isEmpty)
  }

  @Test(arguments: [(#"[1]"#, "plugins[0]"), (#"["a.so","a.so"]"#, "plugins[1]"), (#""a.so""#, "plugins")])
  func mistakesAreReportedWithTheRest(_ plugins: String, _ path: String) throws {
    let (_, diagnostics) = Configuration.load(
      text: Array(#"{"plugins":\#(plugins),"sources":[]}"#.utf8), fileName: "f", environment: [:],
      registry: try Registry())
    #expect(diagnostics.all.contains { $0.severity == .error && $0.path == path }, "\(diagnostics)")
  }
}
