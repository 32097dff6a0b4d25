public import ArbdFramework

/// The plugins of a program: its own and those of files, each name from one place alone.
public struct PluginCollection: Sendable {
  public private(set) var plugins = PluginSet()
  /// By list and name: where the plugin is from.
  private var origins: [String: String] = [:]

  public init() {}

  /// Throws when a name stands in the same list already.
  public mutating func add(_ plugins: PluginSet, from origin: String) throws(PluginFile.Failure) {
    var origins = origins
    for (name, list) in plugins.names {
      if let other = origins.updateValue(origin, forKey: "\(list) \(name)") {
        throw PluginFile.Failure(
          description: "two plugins are named \"\(name)\": one is \(PluginCollection.place(other)), "
            + "the other \(PluginCollection.place(origin))")
      }
    }
    self.origins = origins
    self.plugins.add(plugins)
  }

  /// Loads a file. The same file once more is a mistake, as two plugins of one name are.
  public mutating func load(_ path: String) throws(PluginFile.Failure) {
    try add(try PluginFile(path).load(), from: path)
  }

  /// Where plugins are from that came with the program.
  public static let builtIn = "built in"

  private static func place(_ origin: String) -> String { origin == builtIn ? origin : "of \(origin)" }
}
