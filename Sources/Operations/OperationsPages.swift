/// What is served: each page a pure function of a report.
package enum OperationsPages {
  /// `report` is asked for only when a page needs it.
  package static func reply(path: String, _ report: () -> OperationsReport) -> Reply {
    switch path {
    case "/metrics": Reply(.ok, contentType: ExpositionWriter.contentType, Metric.page(report()))
    case "/healthz": reply(Health(report().run))
    case "/readyz": reply(Readiness(report().run))
    default: Reply(path == "/" ? .ok : .notFound, "/metrics\n/healthz\n/readyz\n")
    }
  }

  /// All metrics as a Markdown table, for the documentation.
  package static var metricsTable: String { Metric.table }

  private static func reply(_ health: Health) -> Reply {
    Reply(health.problem == nil ? .ok : .unavailable, health.text)
  }

  private static func reply(_ readiness: Readiness) -> Reply {
    Reply(readiness.isReady ? .ok : .unavailable, readiness.text)
  }
}
