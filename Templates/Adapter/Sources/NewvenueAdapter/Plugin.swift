import ArbdFramework

/// What arbd calls when it has loaded this as a plugin.
@_cdecl("arbd_plugin_register")
public func registerPlugins(_ registrar: UnsafeMutableRawPointer) {
  PluginRegistrar.register(registrar) { $0.add(adapter: NewvenueAdapter.self) }
}
