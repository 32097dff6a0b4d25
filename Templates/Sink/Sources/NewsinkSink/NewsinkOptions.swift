public import ArbdFramework

/// What a configuration says of the sink besides what all sinks have.
public struct NewsinkOptions: PluginOptions {
  public var path = ""

  public init() {}

  public static let fields: [OptionField<Self>] = [
    .required("path", \.path, "File that a line is appended to for each alert.", .nonEmpty, .path)
  ]
}
