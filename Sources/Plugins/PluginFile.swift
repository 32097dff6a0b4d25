public import ArbdFramework
import Glibc

/// A file with plugins: a shared library for this program and no other.
///
/// Nothing of it is run before its fingerprint, which is read from the file, has been found to be this program's.
public struct PluginFile: Sendable {
  /// Why it is not loaded, for people; goes on from the file's name.
  public struct Failure: Error, Sendable, Equatable, CustomStringConvertible {
    public let description: String
  }

  /// As it was given.
  public let path: String
  /// The same, absolute and without links.
  let realPath: String

  /// Checks owner, mode and contents.
  public init(_ path: String, fingerprint: String = FrameworkBuild.fingerprint) throws(Failure) {
    self.path = path
    guard let real = realpath(path, nil) else {
      throw Failure(description: "cannot open: \(String(cString: strerror(errno)))")
    }
    defer { free(real) }
    realPath = String(cString: real)
    if let problem = FileTrust.problem(of: realPath) { throw Failure(description: "not loaded: \(problem)") }
    try Self.check(try PluginFile.bytes(of: realPath), path, fingerprint)
  }

  private static func check(_ bytes: [UInt8], _ path: String, _ expected: String) throws(Failure) {
    let found: String?
    do throws(ELFImage.Fault) {
      let image = try ELFImage(bytes)
      found = try image.text(of: PluginRegistrar.fingerprintName)
      if found == expected, try image.symbol(PluginRegistrar.entryName) == nil {
        throw .malformed("it has no function \(PluginRegistrar.entryName)")
      }
    } catch {
      throw Failure(description: "is no plugin: \(error)")
    }
    guard let found else {
      throw Failure(description: "is no plugin: it has no symbol \(PluginRegistrar.fingerprintName); \(remedy)")
    }
    guard found == expected else {
      throw Failure(
        description: """
          was built for another arbd and is not loaded
            this arbd:   \(expected)
            the plugin:  \(found)
            to build it again: arbd build-plugin FOLDER, with the folder of its package
          """)
    }
  }

  private static let remedy = "arbd build-plugin FOLDER builds one"

  /// Larger ones are no plugins.
  private static let mostBytes = 512 << 20

  private static func bytes(of path: String) throws(Failure) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw Failure(description: "cannot open: \(String(cString: strerror(errno)))") }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw Failure(description: "is no plugin: it is not a file")
    }
    guard status.st_size <= mostBytes else { throw Failure(description: "is no plugin: it is too large") }
    let size = Int(status.st_size)
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { room, count in
      while count < size {
        let more = read(descriptor, room.baseAddress?.advanced(by: count), size - count)
        if more <= 0 { break }
        count += more
      }
    }
    guard bytes.count == size else { throw Failure(description: "cannot be read to its end") }
    return bytes
  }

  /// Loads it for the rest of the process, and gives what it registers.
  public func load() throws(Failure) -> PluginSet {
    guard let handle = dlopen(realPath, RTLD_NOW | RTLD_LOCAL) else {
      throw Failure(description: "cannot be loaded: \(PluginFile.linkerError)")
    }
    guard let symbol = dlsym(handle, PluginRegistrar.entryName) else {
      throw Failure(description: "cannot be loaded: \(PluginFile.linkerError)")
    }
    typealias Entry = @convention(c) (UnsafeMutableRawPointer) -> Void
    let entry = unsafeBitCast(symbol, to: Entry.self)
    let plugins: PluginSet
    do {
      plugins = try PluginRegistrar.collect { entry($0) }
    } catch {
      throw Failure(description: "could not register its plugins: \(error)")
    }
    guard !plugins.isEmpty else { throw Failure(description: "registers no plugin") }
    return plugins
  }

  private static var linkerError: String { dlerror().map { String(cString: $0) } ?? "no reason given" }
}

extension ELFImage.Fault: CustomStringConvertible {
  var description: String {
    switch self {
    case .notELF: "it is not a shared library"
    case .otherMachine(let number): "it is for another processor (\(ELFImage.name(ofMachine: number)))"
    case .notShared: "it is a program or an object, not a shared library"
    case .truncated: "it is cut off"
    case .malformed(let what): what
    }
  }
}

extension ELFImage {
  fileprivate static func name(ofMachine number: UInt16) -> String {
    switch number {
    case 3: "x86"
    case 40: "arm"
    case 62: "x86_64"
    case 183: "aarch64"
    case 243: "riscv"
    default: "number \(number)"
    }
  }
}
