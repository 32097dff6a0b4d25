/// A shared library of this machine as it lies in a file: what the dynamic linker would read of it, read without running
/// any of it. Every offset is checked: the file may be anything.
///
/// Format: System V ABI, ELF-64, little endian; https://refspecs.linuxfoundation.org/elf/gabi4+/contents.html
struct ELFImage {
  /// Why a file is none that could be loaded.
  enum Fault: Error, Equatable {
    case notELF
    /// Another class, byte order or processor than this program's: ELF's number of the processor.
    case otherMachine(UInt16)
    case notShared
    /// Less of it is there than it says.
    case truncated
    case malformed(String)
  }

  /// A part of the file that is mapped.
  private struct Segment {
    let address: UInt64
    let offset: UInt64
    let size: UInt64
  }

  private let bytes: [UInt8]
  private var segments: [Segment] = []
  private var symbols: UInt64 = 0
  private var strings: UInt64 = 0
  private var stringSize: UInt64 = 0
  private var gnuHash: UInt64?
  private var hash: UInt64?

  /// ELF's number of the processor that this program runs on.
  static var machine: UInt16 {
    #if arch(x86_64)
      62
    #elseif arch(arm64)
      183
    #else
      0
    #endif
  }

  init(_ bytes: [UInt8], machine: UInt16 = Self.machine) throws(Fault) {
    self.bytes = bytes
    guard bytes.starts(with: [0x7F, 0x45, 0x4C, 0x46]) else { throw .notELF }
    guard bytes.count >= 64 else { throw .truncated }
    let other: UInt16 = try number(at: 18)
    guard bytes[4] == 2, bytes[5] == 1, other == machine else { throw .otherMachine(other) }
    let type: UInt16 = try number(at: 16)
    guard type == 3 else { throw .notShared }
    try checkSections()
    try readSegments()
  }

  // MARK: Headers

  /// Nothing of the table of sections is needed, but linkers write it last: with it, all of the file is there.
  private func checkSections() throws(Fault) {
    let table: UInt64 = try number(at: 40)
    let size: UInt16 = try number(at: 58)
    let count: UInt16 = try number(at: 60)
    guard try sum(table, UInt64(size) * UInt64(count)) <= UInt64(bytes.count) else { throw .truncated }
  }

  private enum SegmentType {
    static let load: UInt32 = 1
    static let dynamic: UInt32 = 2
  }

  private mutating func readSegments() throws(Fault) {
    let table: UInt64 = try number(at: 32)
    let size: UInt16 = try number(at: 54)
    let count: UInt16 = try number(at: 56)
    guard size >= 56, count > 0 else { throw .malformed("it has no program headers") }
    var dynamic: Segment?
    for index in 0..<UInt64(count) {
      let start = try sum(table, index * UInt64(size))
      let type: UInt32 = try number(at: start)
      guard type == SegmentType.load || type == SegmentType.dynamic else { continue }
      let segment = Segment(
        address: try number(at: try sum(start, 16)), offset: try number(at: try sum(start, 8)),
        size: try number(at: try sum(start, 32)))
      guard try sum(segment.offset, segment.size) <= UInt64(bytes.count) else { throw .truncated }
      _ = try sum(segment.address, segment.size)
      if type == SegmentType.load { segments.append(segment) } else { dynamic = segment }
    }
    guard let dynamic else { throw .malformed("it has no dynamic section") }
    try readDynamic(dynamic)
  }

  private mutating func readDynamic(_ section: Segment) throws(Fault) {
    for entry in stride(from: 0, to: section.size / 16 * 16, by: 16) {
      let tag: UInt64 = try number(at: section.offset + entry)
      let value: UInt64 = try number(at: section.offset + entry + 8)
      switch tag {
      case 0: return
      case 4: hash = try offset(of: value)
      case 5: strings = try offset(of: value)
      case 6: symbols = try offset(of: value)
      case 10: stringSize = value
      case 0x6FFF_FEF5: gnuHash = try offset(of: value)
      default: continue
      }
    }
  }

  // MARK: Symbols

  /// Where in the file a symbol's contents begin, and how many bytes they have by what it says; nil where the file defines
  /// none of the name.
  func symbol(_ name: String) throws(Fault) -> (offset: UInt64, size: UInt64)? {
    let name = Array(name.utf8)
    let found = gnuHash != nil ? try lookUpByGNUHash(name) : try lookUpByHash(name)
    guard let found else { return nil }
    return (try offset(of: try number(at: found + 8)), try number(at: found + 16))
  }

  /// The text of a symbol that is a C string of printable ASCII, up to its zero byte; nil where there is no such symbol.
  func text(of name: String, atMost limit: Int = 1_024) throws(Fault) -> String? {
    guard let start = try symbol(name)?.offset else { return nil }
    let rest = bytes[Int(start)...].prefix(limit)
    guard let end = rest.firstIndex(of: 0) else { throw .malformed("\(name) has no end") }
    guard rest[..<end].allSatisfy({ (0x20..<0x7F).contains($0) }) else {
      throw .malformed("\(name) is no text")
    }
    return String(decoding: rest[..<end], as: UTF8.self)
  }

  /// Buckets of chains that are ordered by bucket; the last of a chain has bit 0 of its hash set.
  private func lookUpByGNUHash(_ name: [UInt8]) throws(Fault) -> UInt64? {
    guard let table = gnuHash else { return nil }
    let count: UInt32 = try number(at: table)
    let first: UInt32 = try number(at: try sum(table, 4))
    let words: UInt32 = try number(at: try sum(table, 8))
    guard count > 0 else { return nil }
    let wanted = name.reduce(UInt32(5_381)) { $0 &* 33 &+ UInt32($1) }
    let buckets = try sum(table, 16 + 8 * UInt64(words))
    let bucket: UInt32 = try number(at: try sum(buckets, 4 * UInt64(wanted % count)))
    guard bucket >= first, bucket > 0 else { return nil }
    var index = UInt64(bucket)
    let chains = try sum(buckets, 4 * UInt64(count))
    while true {
      // Ends: the file is read further with each turn.
      let hash: UInt32 = try number(at: try sum(chains, 4 * (index - UInt64(first))))
      if hash | 1 == wanted | 1, let found = try entry(index, named: name) { return found }
      if hash & 1 == 1 { return nil }
      index += 1
    }
  }

  private func lookUpByHash(_ name: [UInt8]) throws(Fault) -> UInt64? {
    guard let table = hash else { throw .malformed("it has no table of symbols") }
    let count: UInt32 = try number(at: try sum(table, 4))
    for index in 0..<UInt64(count) { if let found = try entry(index, named: name) { return found } }
    return nil
  }

  /// The entry of a symbol, where it is defined in this file and has the name.
  private func entry(_ index: UInt64, named name: [UInt8]) throws(Fault) -> UInt64? {
    let start = try sum(symbols, 24 * index)
    let place: UInt32 = try number(at: start)
    let section: UInt16 = try number(at: try sum(start, 6))
    let text = try sum(strings, UInt64(place))
    let end = try sum(text, UInt64(name.count))
    guard section != 0, UInt64(place) < stringSize, end < UInt64(bytes.count) else { return nil }
    return bytes[Int(text)..<Int(end)].elementsEqual(name) && bytes[Int(end)] == 0 ? start : nil
  }

  // MARK: Bytes

  private func offset(of address: UInt64) throws(Fault) -> UInt64 {
    let segment = segments.first { address >= $0.address && address - $0.address < $0.size }
    guard let segment else { throw .malformed("an address outside of its segments") }
    return segment.offset + (address - segment.address)
  }

  private func sum(_ one: UInt64, _ other: UInt64) throws(Fault) -> UInt64 {
    let (sum, overflows) = one.addingReportingOverflow(other)
    guard !overflows else { throw .malformed("an offset that is too large") }
    return sum
  }

  private func number<Number: FixedWidthInteger>(at offset: UInt64) throws(Fault) -> Number {
    let size = UInt64(MemoryLayout<Number>.size)
    guard offset <= UInt64(bytes.count), UInt64(bytes.count) - offset >= size else { throw .truncated }
    return bytes[Int(offset)..<Int(offset + size)].reversed().reduce(0) { $0 << 8 | Number(truncatingIfNeeded: $1) }
  }
}
