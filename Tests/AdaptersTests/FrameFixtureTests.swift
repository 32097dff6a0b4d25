import ArbdFramework
import Foundation
import Testing

/// Every message that the venues document, and what their sessions make of it.
@Suite struct FrameFixtureTests {
  @Test(arguments: TestedVenue.allCases)
  func thereAreFixtures(_ venue: TestedVenue) throws {
    let files = try FileManager.default.contentsOfDirectory(atPath: FrameFixture.folder(of: venue).path)
    let expected = FrameFixture.all.filter { $0.venue == venue }.map(\.name)
    #expect(
      Set(files.filter { $0.hasSuffix(".json") }) == Set(expected),
      "a frame for each line, a line for each frame")
    #expect(expected.count > 20)
  }

  @Test(arguments: FrameFixture.all)
  func isReadAsExpected(_ fixture: FrameFixture) throws {
    var conversation = fixture.venue.conversation()
    let reception = conversation.receive(fixture.frame)
    #expect(reception.kind.map { "\($0)" } == fixture.expected.kind, "\(String(describing: reception.error))")
    #expect(try reception.events.map(RecordLine.read) == fixture.expected.events ?? [])
    #expect(reception.actions == fixture.expected.actions ?? [])
    #expect(reception.duplicates == 0)
    #expect(reception.recovered == 0)
  }

  /// Market data comes from frames of kind data and from no others. Of books, some of it tells nothing yet.
  @Test(arguments: FrameFixture.all)
  func onlyDataHasEvents(_ fixture: FrameFixture) {
    var conversation = fixture.venue.conversation()
    let reception = conversation.receive(fixture.frame)
    if reception.kind != .data { #expect(reception.events.isEmpty) }
  }

  @Test(arguments: FrameFixture.all)
  func isUnreadableWhenCutOff(_ fixture: FrameFixture) {
    let text = fixture.frame.reversed().drop { $0 <= 0x20 }.reversed()
    for length in 0..<text.count {
      var conversation = fixture.venue.conversation()
      let reception = conversation.receive(Array(text.prefix(length)))
      #expect(
        reception.error != nil, "cut off after \(length) bytes, it is \(String(describing: reception.kind))")
      #expect(reception.error?.remedy == .skip)
      // What may have been about a book puts that out of step.
      #expect(reception.events.isEmpty && reception.actions.allSatisfy(isAboutBooks))
      #expect(conversation.receive(fixture.venue.trade(9_000_000_000)).data.count == 1)
    }
  }

  @Test(arguments: FrameFixture.all)
  func isUnreadableWithSomethingBehind(_ fixture: FrameFixture) {
    for tail in ["x", "{}", ",", "]", "\u{0}"] {
      var conversation = fixture.venue.conversation()
      let reception = conversation.receive(fixture.frame + Array(tail.utf8))
      #expect(reception.error?.reason == .malformedJSON, "\(tail) behind it")
      #expect(reception.events.isEmpty && reception.actions.allSatisfy(isAboutBooks))
    }
  }

  @Test(arguments: TestedVenue.allCases, BadFrame.malformed)
  func whatIsNoDocumentIsRefused(_ venue: TestedVenue, _ frame: String) {
    var conversation = venue.conversation()
    let reception = conversation.receive(frame)
    #expect(reception.error != nil && reception.data.isEmpty)
    #expect(conversation.receive(venue.trade(7)).data.count == 1)
  }

  private func isAboutBooks(_ action: String) -> Bool {
    ["out of step: ", "ask again for ", "fetch "].contains { action.hasPrefix($0) }
  }
}
