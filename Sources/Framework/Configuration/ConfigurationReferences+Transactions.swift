extension ConfigurationReferences {
  /// A sink that commits alerts and the place of their source as one must be the only way out for alerts, and its source
  /// the only way in: whatever goes another way is not in the transaction.
  static func checkTransactions(
    _ scope: TransactionScope, of item: PluginItem<SinkSlot>, _ sources: [(any Source)?],
    in configuration: Configuration, _ diagnostics: inout Diagnostics
  ) {
    let option = Quoted(scope.option)
    let place = item.node.position(of: scope.option)
    if let obstacle = scope.obstacle { diagnostics.error(obstacle, at: place) }
    checkSource(scope, sources, in: configuration, at: place, &diagnostics)
    if configuration.state.folder != nil {
      diagnostics.error(
        "a state folder is of no use beside \(option): alerts go into the same transaction as the offsets",
        at: configuration.node.position(of: "state"), suggestion: "leave it out")
    }
    // What only shows the run keeps nothing.
    let keepers = configuration.sinks.filter { !($0.descriptor.type is any RunObserver.Type) }
    for other in keepers where other.name != item.name && other.common.records.contains(.alert) {
      diagnostics.error(
        "what this sink does with an alert cannot be in the transaction of sink \(Quoted(item.name))",
        at: other.node.position, suggestion: "let another run read the topic of alerts, and have this sink")
    }
    let options = item.common
    if options.records != [.alert] {
      diagnostics.error(
        "a sink with \(option) takes alerts alone", at: item.node.position(of: "records"),
        suggestion: "give trades and quotes another sink")
    }
    if options.startup == .ignore {
      diagnostics.error(
        "the run cannot do without a sink with \(option)", at: item.node.position(of: "startup"),
        suggestion: "use \"error\" or \"retry\"")
    }
    if options.retry.giveUpAfter != .never {
      diagnostics.error(
        "a sink with \(option) cannot give alerts up: their offsets would be lost with them",
        at: item.node["retry"]?.position(of: "give_up_after") ?? place, suggestion: "leave it out")
    }
    if options.filter?.cooldown != nil {
      diagnostics.error(
        "what a cool-down remembers does not survive a restart, so that with \(option) an alert could be lost or come twice",
        at: item.node["filter"]?.position(of: "cooldown") ?? place,
        suggestion: "use it at the sink of the run that delivers")
    }
  }

  private static func checkSource(
    _ scope: TransactionScope, _ sources: [(any Source)?], in configuration: Configuration,
    at place: ConfigurationPosition, _ diagnostics: inout Diagnostics
  ) {
    let option = Quoted(scope.option)
    guard configuration.sources.count == 1, let only = configuration.sources.first else {
      diagnostics.error(
        "\(option) needs one source alone, whose offsets go into the transaction; there are \(configuration.sources.count)",
        at: place)
      return
    }
    // A source with mistakes has been reported.
    guard let source = sources.first ?? nil else {
      if only.descriptor.kind == .adapter {
        diagnostics.error("\(option) needs a \"kafka\" source; venues have no offsets", at: place)
      }
      return
    }
    guard let theirs = source.transactionScope else {
      diagnostics.error(
        "\(option) needs a \"kafka\" source, whose offsets go into the transaction; this is \(Quoted(only.descriptor.name))",
        at: only.node.position)
      return
    }
    if let obstacle = theirs.obstacle { diagnostics.error(obstacle, at: only.node.position) }
    if theirs.name != scope.name {
      diagnostics.error(
        "a transaction is within one cluster, and the source reads from \(theirs.name), the sink writes to \(scope.name)",
        at: place, suggestion: "name the same brokers, or leave \(option) out")
    }
  }
}
