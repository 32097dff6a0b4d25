import ArbdFramework
import Foundation
import Testing

/// A folder of its own with shared libraries that a C compiler makes; it goes away at the end.
final class SampleLibrary {
  let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "arbd-plugins-\(UUID().uuidString)")
    try FileManager.default.createDirectory(
      at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  /// A plugin's symbols, without any plugin behind them.
  static func source(_ fingerprint: String = FrameworkBuild.fingerprint) -> String {
    """
    const char arbd_plugin_fingerprint[] = "\(fingerprint)";
    void arbd_plugin_register(void *registrar) { (void)registrar; }
    """
  }

  /// Compiles a C text to `name` and gives its path.
  func library(
    _ source: String = source(), _ options: [String] = ["-shared"], name: String = "libSample.so"
  ) throws -> String {
    let text = folder.appending(path: "\(name).c")
    try Data("\(source)\n".utf8).write(to: text)
    let path = folder.appending(path: name).path
    let compiler = Process()
    compiler.executableURL = URL(filePath: "/usr/bin/env")
    compiler.arguments = ["cc", "-fPIC", "-x", "c", text.path, "-o", path] + options
    try compiler.run()
    compiler.waitUntilExit()
    try #require(compiler.terminationStatus == 0)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
    return path
  }

  func file(_ bytes: [UInt8], name: String = "libOther.so") throws -> String {
    let path = folder.appending(path: name).path
    try Data(bytes).write(to: URL(filePath: path))
    try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
    return path
  }

  static func bytes(of path: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(filePath: path))) }
}
