extension DashboardView {
  /// What the chart shows of a step: what the detector's threshold is about.
  private enum Measure {
    case net, gross, spread

    var title: String {
      switch self {
      case .net: "net bp"
      case .gross: "gross bp"
      case .spread: "spread"
      }
    }

    func value(_ step: SpreadSeries.Step) -> Double {
      switch self {
      case .net: Double(step.net)
      case .gross: Double(step.gross)
      case .spread: Double(step.spread)
      }
    }
  }

  /// The detectors that the chart can show.
  var detectors: [String] {
    var names = (model.report?.detectors ?? []).map(\.name)
    for key in model.seriesKeys where !names.contains(key.detector) { names.append(key.detector) }
    return names
  }

  /// What the chart shows; nil where there is nothing yet.
  var seriesKey: SeriesKey? {
    if let wanted = state.series { return wanted }
    let first = detectors.first { model.series[SeriesKey(detector: $0, pair: nil)] != nil } ?? detectors.first
    return first.map { SeriesKey(detector: $0, pair: nil) }
  }

  private func row(of detector: String) -> DetectorRow? { model.report?.detectors.first { $0.name == detector } }

  private func measure(_ detector: DetectorRow?) -> (measure: Measure, threshold: Double?) {
    guard let detector else { return (.net, nil) }
    if let net = detector.netThreshold { return (.net, net) }
    if let absolute = detector.absoluteThreshold { return (.spread, absolute) }
    if let gross = detector.grossThreshold { return (.gross, gross) }
    return (.net, nil)
  }

  var chartNote: String {
    guard let key = seriesKey else { return "" }
    let (measure, threshold) = measure(row(of: key.detector))
    var note = "\(key.detector), \(key.pair ?? "best route"), \(measure.title)"
    if let threshold { note += ", threshold \(Figure.plain(threshold))" }
    return note
  }

  func drawChart(_ screen: inout Screen, _ area: Area) {
    guard let key = seriesKey else {
      screen.put(Line("No detector yet.", .quiet), line: area.y, column: area.x)
      return
    }
    let range = ViewState.ranges[state.range]
    let (measure, threshold) = measure(row(of: key.detector))
    // In a replay the windows' time is what counts, and it stands still when nothing comes.
    let end = max(model.series[key]?.newestTime ?? .min, model.clock > 0 ? model.clock : now)
    let start = end - range * 1_000_000
    // Below it the marks of alerts and the time.
    let lines = area.height - (area.height >= 6 ? 2 : 1)
    guard lines >= 2 else { return }
    guard let series = model.series[key] else {
      screen.put(Line("No window with a spread yet.", .quiet), line: area.y, column: area.x)
      return
    }
    let scale = Scale(
      series.columns(from: start, to: end, count: 400).compactMap { $0.map(measure.value) }.filter(\.isFinite),
      threshold: threshold)
    let labels = scale.labels(lines: lines)
    let labelWidth = labels.map(\.text.count).max() ?? 0
    let plot = Area(x: area.x + labelWidth + 1, y: area.y, width: area.width - labelWidth - 1, height: lines)
    guard plot.width > 8 else { return }
    for label in labels {
      let style: Style = label.isThreshold ? Style(.mark) : .quiet
      screen.put(label.text, line: area.y + label.line, column: area.x + labelWidth - label.text.count, style: style)
    }
    if let threshold = scale.threshold { drawThreshold(at: scale.line(of: threshold, lines: lines), plot, &screen) }
    var canvas = BrailleCanvas(columns: plot.width, lines: lines, isASCII: isASCII)
    let columns = series.columns(from: start, to: end, count: canvas.width)
    draw(columns.map { $0.map(measure.value) }, scale, &canvas)
    for line in 0..<lines {
      for column in 0..<plot.width {
        guard let character = canvas.character(line: line, column: column) else { continue }
        screen.put(String(character), line: plot.y + line, column: plot.x + column, style: Style(.line))
      }
    }
    drawAxis(plot, start, end, line: area.y + area.height - 1, &screen)
    drawMarks(series.columns(from: start, to: end, count: plot.width), plot, &screen)
  }

  private func draw(_ values: [Double?], _ scale: Scale, _ canvas: inout BrailleCanvas) {
    let places = values.indices.filter { values[$0]?.isFinite == true }
    let steps = zip(places, places.dropFirst()).map { $1 - $0 }.sorted()
    // Windows come in steps, so empty columns between two are no gap; a few that are missing are one.
    let longest = max(3, steps.isEmpty ? 0 : steps[steps.count / 2] * 5 / 2)
    var previous: (x: Int, y: Int)?
    for (x, value) in values.enumerated() {
      guard let value, value.isFinite else { continue }
      let y = scale.dot(of: value, height: canvas.height)
      if let previous, x - previous.x <= longest {
        canvas.line(from: previous, to: (x, y))
      } else {
        canvas.set(x, y)
      }
      previous = (x, y)
    }
  }

  private func drawThreshold(at line: Int?, _ plot: Area, _ screen: inout Screen) {
    guard let line else { return }
    for column in stride(from: 0, to: plot.width, by: 2) {
      screen.put(isASCII ? "-" : "╌", line: plot.y + line, column: plot.x + column, style: Style(.mark))
    }
  }

  private func drawAxis(_ plot: Area, _ start: Int64, _ end: Int64, line: Int, _ screen: inout Screen) {
    let texts = [clock.clock(start), "\(Int((end - start) / 60_000_000)) min", clock.clock(end)]
    let places = [plot.x, plot.x + (plot.width - texts[1].count) / 2, plot.x + plot.width - texts[2].count]
    for (text, place) in zip(texts, places) { screen.put(text, line: line, column: place, style: .quiet) }
  }

  /// Where alerts were; over the axis where there is no line for them.
  private func drawMarks(_ columns: [SpreadSeries.Step?], _ plot: Area, _ screen: inout Screen) {
    for (column, step) in columns.enumerated() {
      guard let step, step.alerts > 0 else { continue }
      screen.put(
        isASCII ? "^" : "▲", line: plot.y + plot.height, column: plot.x + column, style: Style(.mark, .bold))
    }
  }
}

/// From values to lines of a chart.
struct Scale: Equatable {
  let low: Double
  let high: Double
  /// Nil where it is far away.
  let threshold: Double?

  init(_ values: [Double], threshold: Double?) {
    let reach = 4 * max(1, (values.max() ?? 0) - (values.min() ?? 0), abs(values.max() ?? 0))
    // One that is far away would press the line flat; the title has it all the same.
    let isNear = threshold.map { $0 > (values.min() ?? $0) - reach && $0 < (values.max() ?? $0) + reach } ?? false
    let threshold = isNear ? threshold : nil
    let all = values + [threshold].compactMap(\.self)
    let (least, most) = (all.min() ?? 0, all.max() ?? 1)
    let span = most > least ? most - least : max(1, abs(most) * 0.1)
    low = least - span * 0.06
    high = most + span * 0.06
    self.threshold = threshold
  }

  private func share(_ value: Double) -> Double { min(1, max(0, (high - value) / (high - low))) }

  /// Counted from the top.
  func dot(of value: Double, height: Int) -> Int { Int((share(value) * Double(height - 1)).rounded()) }

  func line(of value: Double, lines: Int) -> Int? {
    lines > 0 ? Int((share(value) * Double(lines - 1)).rounded()) : nil
  }

  struct Label: Equatable {
    let line: Int
    let text: String
    var isThreshold = false
  }

  /// Top, bottom and threshold; what would stand on one line with the threshold is left out.
  func labels(lines: Int) -> [Label] {
    let digits = high - low >= 100 ? 0 : high - low >= 2 ? 1 : 3
    func text(_ value: Double) -> String {
      abs(value) < 1e9 ? Figure.fixed(value, digits: digits) : "\(Float(value))"
    }
    var labels: [Label] = []
    if let threshold, let line = line(of: threshold, lines: lines) {
      labels.append(Label(line: line, text: text(threshold), isThreshold: true))
    }
    for (line, value) in [(0, high), (lines - 1, low), ((lines - 1) / 2, (high + low) / 2)]
    where !labels.contains(where: { abs($0.line - line) < 2 }) {
      labels.append(Label(line: line, text: text(value)))
    }
    return labels
  }
}
