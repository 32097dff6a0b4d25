/// Which build of the framework this is. Two parts of one program that were compiled against different ones must not meet:
/// layouts depend on the compiler, the configuration and every source, private ones included.
public enum FrameworkBuild {
  /// One line of ASCII, the same for the same sources, compiler, architecture and configuration.
  public static var fingerprint: String {
    let text = "\(sources)"
    return fingerprint(of: String(text.dropFirst(marker.count)))
  }

  /// The fingerprint of a build for this architecture and configuration, from what stands behind `marker` in its objects.
  public static func fingerprint(of sources: String) -> String {
    "arbd plugin 1; \(architecture); \(configuration); \(sources)"
  }

  /// Stands in front of the compiler and the hash of the sources, in the objects of any build of the framework.
  public static let marker = "arbd-framework-build: "

  /// As `swift build -c` takes it.
  public static var configuration: String {
    #if DEBUG
      "debug"
    #else
      "release"
    #endif
  }

  public static var architecture: String {
    #if arch(x86_64)
      "x86_64"
    #elseif arch(arm64)
      "aarch64"
    #else
      "unknown"
    #endif
  }
}
