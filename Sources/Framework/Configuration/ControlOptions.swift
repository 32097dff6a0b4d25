/// `control`: where dashboards of other processes look at the run.
public struct ControlOptions: OptionGroup, Equatable {
  public var path = ""

  public init() {}

  public static let fields: [OptionField<Self>] = [
    .required(
      "path", \.path, "A Unix socket, made with mode 0600; arbd dashboard --attach PATH shows the run.",
      .named("path"), .nonEmpty, .path)
  ]
}
