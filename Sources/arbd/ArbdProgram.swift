public import ArbdFramework
import ArgumentParser

/// The whole program, for a main of one's own with further plugins in it:
///
/// ```swift
/// var plugins = PluginSet()
/// plugins.add(adapter: BitstampAdapter.self)
/// await ArbdProgram.main(adding: plugins)
/// ```
public enum ArbdProgram {
  /// Does what the command line says, and ends the process where that fails.
  public static func main(adding plugins: PluginSet = PluginSet()) async {
    await BuiltIns.$added.withValue(plugins) { await Arbd.main() }
  }
}
