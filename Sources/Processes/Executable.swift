internal import CProcess
import Glibc

/// What starting a program takes.
public enum Executable {
  /// The file behind a name: the name itself when it has a slash in it, else the first of that name in `PATH`.
  public static func path(of name: String) throws(ProcessError) -> String {
    guard !name.isEmpty, !name.utf8.contains(0) else { throw ProcessError("the command has no name") }
    if name.contains("/") {
      if isExecutable(name) { return name }
      throw ProcessError(
        access(name, F_OK) == 0 ? "\(name) is no program that may be started" : "there is no program \(name)")
    }
    let folders = getenv("PATH").map { String(cString: $0) } ?? "/usr/local/bin:/usr/bin:/bin"
    for folder in folders.split(separator: ":") where isExecutable("\(folder)/\(name)") { return "\(folder)/\(name)" }
    throw ProcessError("there is no program \(name) in PATH")
  }

  private static func isExecutable(_ path: String) -> Bool {
    var status = stat()
    return access(path, X_OK) == 0 && stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
  }

  /// Once, and only where nobody has said otherwise.
  static let ignoreBrokenPipes: Void = {
    var action = sigaction()
    guard sigaction(SIGPIPE, nil, &action) == 0, action.__sigaction_handler.sa_handler == nil else { return }
    signal(SIGPIPE, SIG_IGN)
  }()

  /// Ours, with some replaced or added, as `NAME=value`.
  static func environment(adding changes: [String: String]) -> [String] {
    var variables: [String] = []
    var place = environ
    while let entry = place.pointee {
      let text = String(cString: entry)
      if changes[String(text.prefix { $0 != "=" })] == nil { variables.append(text) }
      place += 1
    }
    return variables + changes.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
  }

  static func spawn(
    _ path: String, _ arguments: [String], _ environment: [String], group: pid_t, _ standard: (Int32, Int32, Int32)
  ) throws(ProcessError) -> pid_t {
    let result = withPointers(arguments) { arguments in
      withPointers(environment) { arbd_spawn(path, arguments, $0, group, standard.0, standard.1, standard.2) }
    }
    guard result > 0 else { throw ProcessError(String(cString: strerror(-result))) }
    return result
  }

  private static func withPointers<Result>(
    _ texts: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
  ) -> Result {
    let pointers = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: texts.count + 1)
    for (place, text) in texts.enumerated() { (pointers + place).initialize(to: strdup(text)) }
    (pointers + texts.count).initialize(to: nil)
    defer {
      for place in texts.indices { free(pointers[place]) }
      pointers.deallocate()
    }
    return body(UnsafePointer(pointers))
  }

  static func reap(_ process: pid_t) {
    while waitpid(process, nil, 0) < 0, errno == EINTR {}
  }
}

/// An open file's number. Closes it.
final class Descriptor: Sendable {
  let number: Int32

  init(_ number: Int32) { self.number = number }

  init(opening path: String) throws(ProcessError) {
    number = open(path, O_RDWR | O_CLOEXEC)
    guard number >= 0 else { throw ProcessError("cannot open \(path): \(String(cString: strerror(errno)))") }
  }

  deinit { close(number) }

  func stopBlocking() { _ = fcntl(number, F_SETFL, fcntl(number, F_GETFL) | O_NONBLOCK) }
}

/// Both ends of a pipe.
struct Pipe {
  let reading: Descriptor
  let writing: Descriptor

  init() throws(ProcessError) {
    var numbers: [Int32] = [-1, -1]
    guard arbd_pipe(&numbers) == 0 else {
      throw ProcessError("cannot open a pipe: \(String(cString: strerror(errno)))")
    }
    (reading, writing) = (Descriptor(numbers[0]), Descriptor(numbers[1]))
  }
}
