import ArbdFramework
import Foundation
import Testing

@testable import ArbdPlugins

@Suite struct PluginFileTests {
  private let sample: SampleLibrary

  init() throws { sample = try SampleLibrary() }

  private func failure(_ path: String) -> String? {
    do throws(PluginFile.Failure) {
      _ = try PluginFile(path)
      return nil
    } catch {
      return error.description
    }
  }

  @Test func oneOfThisBuildIsGood() throws { #expect(failure(try sample.library()) == nil) }

  @Test func whatIsNoLibraryIsRefused() throws {
    #expect(failure(try sample.file(Array("#!/bin/sh\n".utf8))) == "is no plugin: it is not a shared library")
    #expect(failure(sample.folder.path) == "is no plugin: it is not a file")
    #expect(failure(sample.folder.appending(path: "nothing.so").path) == "cannot open: No such file or directory")
  }

  @Test func aLibraryThatIsCutOffIsRefused() throws {
    let bytes = try SampleLibrary.bytes(of: try sample.library())
    #expect(failure(try sample.file(Array(bytes[..<(bytes.count / 3)]))) == "is no plugin: it is cut off")
  }

  @Test func anotherProcessorsIsRefused() throws {
    var bytes = try SampleLibrary.bytes(of: try sample.library())
    bytes[18] = ELFImage.machine == 183 ? 62 : 183
    let name = ELFImage.machine == 183 ? "x86_64" : "aarch64"
    #expect(failure(try sample.file(bytes)) == "is no plugin: it is for another processor (\(name))")
  }

  @Test func withoutAFingerprintItIsRefused() throws {
    let path = try sample.library("void arbd_plugin_register(void *registrar) { (void)registrar; }")
    #expect(failure(path)?.hasPrefix("is no plugin: it has no symbol arbd_plugin_fingerprint") == true)
  }

  @Test func withoutAnEntryItIsRefused() throws {
    let path = try sample.library("const char arbd_plugin_fingerprint[] = \"\(FrameworkBuild.fingerprint)\";")
    #expect(failure(path) == "is no plugin: it has no function arbd_plugin_register")
  }

  @Test func anotherFingerprintIsRefusedWithBoth() throws {
    let other = FrameworkBuild.fingerprint.replacing("sources ", with: "sources 0")
    let text = try #require(failure(try sample.library(SampleLibrary.source(other))))
    #expect(text.contains(FrameworkBuild.fingerprint))
    #expect(text.contains(other))
    #expect(text.contains("arbd build-plugin"))
  }

  @Test(arguments: [0o666, 0o664, 0o777])
  func aFileThatOthersCanChangeIsRefused(_ mode: Int) throws {
    let path = try sample.library()
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    #expect(failure(path)?.contains("libSample.so can be written to by others") == true)
  }

  @Test func aFolderThatOthersCanChangeIsRefused() throws {
    let path = try sample.library()
    try FileManager.default.setAttributes([.posixPermissions: 0o775], ofItemAtPath: sample.folder.path)
    #expect(failure(path)?.contains("\(sample.folder.lastPathComponent) can be written to by others") == true)
    // Where none but owners can replace what is theirs.
    try FileManager.default.setAttributes([.posixPermissions: 0o1777], ofItemAtPath: sample.folder.path)
    #expect(failure(path) == nil)
  }

  @Test func aLinkLeadsToTheFileThatIsChecked() throws {
    let path = try sample.library()
    let link = sample.folder.appending(path: "link.so").path
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: path)
    #expect(failure(link) == nil)
    try FileManager.default.setAttributes([.posixPermissions: 0o666], ofItemAtPath: path)
    #expect(failure(link)?.contains("libSample.so can be written to") == true)
  }

  @Test func registeringNothingIsAMistake() throws {
    let file = try PluginFile(try sample.library())
    #expect(throws: PluginFile.Failure(description: "registers no plugin")) { try file.load() }
  }

  @Test func whatTheLinkerMissesIsNamed() throws {
    let file = try PluginFile(
      try sample.library(SampleLibrary.source() + "\nextern int elsewhere(void); int f(void) { return elsewhere(); }"))
    let error = #expect(throws: PluginFile.Failure.self) { try file.load() }
    #expect(error?.description.contains("elsewhere") == true)
  }
}

@Suite struct PluginCollectionTests {
  private struct Silent: Sink {
    struct Options: PluginOptions {
      static let fields: [OptionField<Options>] = []
    }

    static let name = "silent"
    static let summary = "Takes alerts and says nothing."
    static let accepts: Set<Record.Kind> = [.alert]

    init(options: Options, context: PluginContext) {}
    func connect() async throws(DeliveryError) {}
    func deliver(_ batch: [Record]) async throws(DeliveryError) {}
    func close() async {}
  }

  private struct Refusal: Error, CustomStringConvertible { let description = "no licence" }

  @Test func whatAnEntryRegistersComesOut() throws {
    let plugins = try PluginRegistrar.collect { registrar in
      PluginRegistrar.register(registrar) { $0.add(sink: Silent.self) }
    }
    #expect(plugins.names.map(\.name) == ["silent"])
  }

  @Test func anErrorOfTheRegistrationComesOut() {
    #expect(throws: Refusal.self) {
      try PluginRegistrar.collect { registrar in
        PluginRegistrar.register(registrar) { _ in throw Refusal() }
      }
    }
  }

  @Test func twoOfOneNameAreRefusedWithBothPlaces() throws {
    let plugins = PluginSet(sinks: [Silent.self])
    var collection = PluginCollection()
    try collection.add(plugins, from: PluginCollection.builtIn)
    #expect(
      throws: PluginFile.Failure(
        description: "two plugins are named \"silent\": one is built in, the other of ./libSilent.so")
    ) { try collection.add(plugins, from: "./libSilent.so") }
    #expect(collection.plugins.names.count == 1)
  }
}
