import Testing

@testable import ArbdFramework

@Suite struct JSONPointerTests {
  private static let document =
    #"{"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,"g|h":4,"i\\j":5,"k\"l":6," ":7,"m~n":8,"a long key of ours":9}"#

  /// The examples of RFC 6901, section 5.
  @Test(
    arguments: [
      ("", "{"), ("/foo", "["), ("/foo/0", "bar"), ("/foo/1", "baz"), ("/", "0"), ("/a~1b", "1"), ("/c%d", "2"),
      ("/e^f", "3"), ("/g|h", "4"), ("/i\\j", "5"), ("/k\"l", "6"), ("/ ", "7"), ("/m~0n", "8"),
      ("/a long key of ours", "9"), ("/foo/2", nil), ("/foo/00", nil), ("/foo/-", nil), ("/foo/bar", nil), ("/fo", nil),
      ("/foo/0/x", nil), ("/a long key of our", nil),
    ] as [(String, String?)])
  func leadsToItsValue(_ text: String, _ expected: String?) throws {
    let pointer = try #require(JSONPointer(text))
    let map = JSONPointerMap([pointer])
    var captures = map.makeCaptures()
    let bytes = Array(Self.document.utf8)
    var json = JSONScanner(bytes.span.bytes)
    try map.read(&json, into: &captures)
    try json.finish()
    guard let expected else {
      #expect(captures[0].kind == nil)
      return
    }
    #expect(captures[0].text(in: bytes.span.bytes).hasPrefix(expected))
  }

  @Test(arguments: ["foo", "/~", "/~2", "/a~", "#/a"])
  func isNoPointer(_ text: String) { #expect(JSONPointer(text) == nil) }

  @Test func aWholeAndItsPartsAreFoundInOneWalk() throws {
    let pointers = ["/a", "/a/b", "/a/c/1", "/d"].compactMap { JSONPointer($0) }
    let map = JSONPointerMap(pointers)
    var captures = map.makeCaptures()
    let bytes = Array(#" { "d" : null , "a" : {"c":[1,"2"],"b":"x\u0041"} } "#.utf8)
    var json = JSONScanner(bytes.span.bytes)
    try map.read(&json, into: &captures)
    #expect(captures.map(\.kind) == [.object, .string, .string, .null])
    #expect(captures[1].hasEscapes && captures[1].text(in: bytes.span.bytes) == "xA")
    let isEqual = captures[1].isText(Array("xA".utf8), in: bytes.span.bytes)
    #expect(isEqual)
    #expect(captures[2].integer(in: bytes.span.bytes) == 2)
    // What the last document had is forgotten.
    let other = Array("[]".utf8)
    var next = JSONScanner(other.span.bytes)
    try map.read(&next, into: &captures)
    #expect(captures.allSatisfy { $0.kind == nil })
  }
}
