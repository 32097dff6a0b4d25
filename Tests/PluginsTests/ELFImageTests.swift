import ArbdFramework
import Testing

@testable import ArbdPlugins

@Suite struct ELFImageTests {
  private let sample: SampleLibrary

  init() throws { sample = try SampleLibrary() }

  @Test(arguments: ["gnu", "sysv", "both"])
  func aTextIsFoundByEitherTableOfHashes(_ style: String) throws {
    let path = try sample.library(SampleLibrary.source("a text"), ["-shared", "-Wl,--hash-style=\(style)"])
    let image = try ELFImage(SampleLibrary.bytes(of: path))
    #expect(try image.text(of: "arbd_plugin_fingerprint") == "a text")
    #expect(try image.symbol("arbd_plugin_register") != nil)
    #expect(try image.symbol("arbd_plugin") == nil)
    #expect(try image.symbol("arbd_plugin_fingerprint_") == nil)
  }

  @Test func whatItOnlyUsesIsNotItsOwn() throws {
    let path = try sample.library("extern int elsewhere(void); int here(void) { return elsewhere(); }")
    let image = try ELFImage(SampleLibrary.bytes(of: path))
    #expect(try image.symbol("here") != nil)
    #expect(try image.symbol("elsewhere") == nil)
  }

  @Test func anObjectAndATextAreNone() throws {
    let path = try sample.library(SampleLibrary.source(), ["-c"], name: "sample.o")
    let object = try SampleLibrary.bytes(of: path)
    #expect(throws: ELFImage.Fault.notShared) { try ELFImage(object) }
    #expect(throws: ELFImage.Fault.notELF) { try ELFImage(Array("plugin".utf8)) }
    #expect(throws: ELFImage.Fault.notELF) { try ELFImage([]) }
    #expect(throws: ELFImage.Fault.truncated) { try ELFImage([0x7F, 0x45, 0x4C, 0x46]) }
  }

  @Test func anotherProcessorsIsToldByItsNumber() throws {
    var bytes = try SampleLibrary.bytes(of: try sample.library())
    (bytes[18], bytes[19]) = (243, 0)
    #expect(throws: ELFImage.Fault.otherMachine(243)) { try ELFImage(bytes) }
  }

  @Test func cutOffAnywhereItIsRefused() throws {
    let bytes = try SampleLibrary.bytes(of: try sample.library())
    for count in Array(stride(from: 4, to: bytes.count, by: 97)) + [bytes.count - 1] {
      #expect(throws: ELFImage.Fault.self, "\(count) bytes") { try ELFImage(Array(bytes[..<count])) }
    }
  }

  @Test func textsThatAreNoneAreRefused() throws {
    let control = try ELFImage(SampleLibrary.bytes(of: try sample.library(SampleLibrary.source("a\\nb"))))
    #expect(throws: ELFImage.Fault.malformed("arbd_plugin_fingerprint is no text")) {
      try control.text(of: "arbd_plugin_fingerprint")
    }
    let long = try ELFImage(
      SampleLibrary.bytes(of: try sample.library(SampleLibrary.source(String(repeating: "x", count: 2_000)))))
    #expect(throws: ELFImage.Fault.malformed("arbd_plugin_fingerprint has no end")) {
      try long.text(of: "arbd_plugin_fingerprint")
    }
  }

  /// Neither a trap nor an endless search, whatever the bytes are.
  @Test func spoiltBytesNeverTrap() throws {
    let bytes = try SampleLibrary.bytes(of: try sample.library())
    var state: UInt64 = 1
    func next(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    // Headers and tables of symbols lie in front.
    var refused = 0
    for _ in 0..<3_000 {
      var spoilt = bytes
      for _ in 0..<1 + next(4) {
        spoilt[next(3) == 0 ? next(min(2_048, bytes.count)) : next(700)] = [0, 0xFF, 0x7F, UInt8(next(256))][next(4)]
      }
      do {
        let image = try ELFImage(spoilt)
        _ = try image.text(of: "arbd_plugin_fingerprint")
        _ = try image.symbol("nothing")
      } catch { refused += 1 }
    }
    #expect(refused > 300)
  }
}
