import Foundation

@main
struct ArbdBench {
  private static let usage = """
    usage: arbd-bench [--quick] [--filter TEXT] [--markdown] [--list]
      --quick        less data and fewer repetitions
      --filter TEXT  only what has the text in its name
      --markdown     the table in Markdown
      --list         the names, nothing measured
    Ends with 1 when the path of an event allocates or memory grows.
    """

  private static var benchmarks: [Benchmark] {
    SessionBenchmarks.all + BookBenchmarks.all + CoreBenchmarks.all + ScannerBenchmarks.all + EngineBenchmarks.all
      + WindowBenchmarks.all
      + LineBenchmarks.all + WebSocketBenchmarks.all + NetworkBenchmarks.all
      + RunBenchmarks.all + DeliveryBenchmarks.all + ConformanceBenchmarks.all
  }

  static func main() throws {
    var effort = Effort.full
    var filter = ""
    var (isMarkdown, isList) = (false, false)
    var arguments = CommandLine.arguments.dropFirst()
    while let argument = arguments.popFirst() {
      switch argument {
      case "--quick": effort = .quick
      case "--markdown": isMarkdown = true
      case "--list": isList = true
      case "--filter": filter = arguments.popFirst() ?? ""
      default:
        note(usage)
        exit(2)
      }
    }
    let chosen = benchmarks.filter { filter.isEmpty || $0.title.localizedCaseInsensitiveContains(filter) }
    if isList { return print(chosen.map(\.title).joined(separator: "\n")) }

    var results: [Result] = []
    for benchmark in chosen {
      note(benchmark.title)
      results.append(Result(benchmark: benchmark, measurement: try benchmark.measure(effort)))
    }
    print("\(Machine.description)\n")
    let table = Table(results: results)
    print(isMarkdown ? table.markdown : table.text)

    let failures = results.compactMap { result in result.failure.map { "\(result.benchmark.title): \($0)" } }
    guard !failures.isEmpty else { return }
    note(failures.joined(separator: "\n"))
    exit(1)
  }

  private static func note(_ text: String) { FileHandle.standardError.write(Data("\(text)\n".utf8)) }
}

extension Benchmark {
  fileprivate var title: String { "\(group) | \(name)" }
}
