/// The way from a plugin's file into the program that loads it.
///
/// ```swift
/// @_cdecl("arbd_plugin_register")
/// public func registerPlugins(_ registrar: UnsafeMutableRawPointer) {
///   PluginRegistrar.register(registrar) { $0.add(adapter: BitstampAdapter.self) }
/// }
/// ```
public enum PluginRegistrar {
  /// The C function that a plugin's file has to have: `void arbd_plugin_register(void *registrar)`.
  public static let entryName = "arbd_plugin_register"

  /// The C string that a plugin's file has to have: the fingerprint of the framework that it was compiled against.
  public static let fingerprintName = "arbd_plugin_fingerprint"

  private final class Collected {
    var plugins = PluginSet()
    var failure: (any Error)?
  }

  /// Called by a plugin, with what its entry was given. An error of `body` goes to the program, which then ends with it.
  public static func register(_ registrar: UnsafeMutableRawPointer, _ body: (inout PluginSet) throws -> Void) {
    let collected = Unmanaged<Collected>.fromOpaque(registrar).takeUnretainedValue()
    do { try body(&collected.plugins) } catch { collected.failure = error }
  }

  /// Called by the program, with the plugin's entry: what it registered, or the error that it ended with.
  public static func collect(from entry: (UnsafeMutableRawPointer) -> Void) throws -> PluginSet {
    let collected = Collected()
    withExtendedLifetime(collected) { entry(Unmanaged.passUnretained(collected).toOpaque()) }
    if let failure = collected.failure { throw failure }
    return collected.plugins
  }
}
