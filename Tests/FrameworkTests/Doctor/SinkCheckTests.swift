import Synchronization
import Testing

@testable import ArbdFramework

@Suite(.timeLimit(.minutes(5))) struct SinkCheckTests {
  /// What it answers, and which calls came.
  private final class AskedSink: Sink {
    static let name = "asked"
    static let summary = "Is asked."
    static let accepts: Set<Record.Kind> = [.alert]

    enum Answer: Sendable {
      case nothing
      case words(String)
      case fault, silence
    }

    private let connection: Answer
    private let inspection: Answer
    private let log = Mutex<[String]>([])

    init(_ connection: Answer, _ inspection: Answer) { (self.connection, self.inspection) = (connection, inspection) }

    init(options: NoOptions, context: PluginContext) { (connection, inspection) = (.nothing, .nothing) }

    var calls: [String] { log.withLock { $0 } }

    func connect() async throws(DeliveryError) { _ = try await answer("connect", connection) }
    func inspect() async throws(DeliveryError) -> String? { try await answer("inspect", inspection) }
    func deliver(_ batch: [Record]) async throws(DeliveryError) { _ = try await answer("deliver", .nothing) }
    func close() async { log.withLock { $0.append("close") } }

    private func answer(_ call: String, _ answer: Answer) async throws(DeliveryError) -> String? {
      log.withLock { $0.append(call) }
      switch answer {
      case .nothing: return nil
      case .words(let words): return words
      case .fault: throw DeliveryError("nobody there", verdict: .retry())
      case .silence:
        // Longer than the check waits, however long that takes here.
        try? await Task.sleep(for: .seconds(3_600))
        return nil
      }
    }
  }

  private func findings(_ sink: AskedSink, timeout: Duration = .seconds(60)) async -> [String] {
    await SinkCheck(name: "sinks[0] asked", sink: sink, logger: silentLogger, timeout: timeout).findings()
      .map { "\($0.verdict) \($0.check): \($0.text)" }
  }

  private let opened = "good connect: can be opened; nothing was delivered"

  @Test func connectingIsAllThereIsToMost() async {
    let sink = AskedSink(.nothing, .nothing)
    #expect(await findings(sink) == [opened])
    #expect(sink.calls == ["connect", "inspect", "close"])
  }

  @Test func whatItSaysIsShown() async {
    #expect(await findings(AskedSink(.nothing, .words("it is there"))) == [opened, "good inspect: it is there"])
  }

  @Test func whatFailsSaysWhy() async {
    let deaf = AskedSink(.fault, .nothing)
    #expect(await findings(deaf) == ["failed connect: nobody there"])
    #expect(deaf.calls == ["connect", "close"])
    let wrong = AskedSink(.nothing, .fault)
    #expect(await findings(wrong) == [opened, "failed inspect: nobody there"])
    #expect(wrong.calls == ["connect", "inspect", "close"])
  }

  @Test func silenceHasAnEnd() async {
    let deaf = await findings(AskedSink(.silence, .nothing), timeout: .milliseconds(100))
    #expect(deaf == ["failed connect: not done within 0.1 s"])
    // A machine that is busy may be late with connecting as well.
    let silent = await findings(AskedSink(.nothing, .silence), timeout: .seconds(1))
    #expect(silent.last == "failed inspect: no answer within 1 s" || silent == ["failed connect: not done within 1 s"])
  }
}
