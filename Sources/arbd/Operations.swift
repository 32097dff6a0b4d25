import ArbdFramework
import ArbdOperations
import Logging

/// The pages of a run, where its configuration asks for them.
struct Operations {
  private let server: OperationsServer?

  /// Takes the address and serves; throws when somebody else has it.
  init(_ options: HTTPOptions?, of run: Run, logger: Logger) throws(ListenError) {
    guard let options else {
      server = nil
      return
    }
    let snapshot = run.watch()
    let server = try OperationsServer(options.listen, logger: logger) { path in
      OperationsPages.reply(path: path) {
        OperationsReport(
          run: snapshot(), process: .current(startTime: Operations.startTime), version: Version.text)
      }
    }
    server.start()
    logger.notice("metrics at http://\(server.address)/metrics")
    self.server = server
  }

  /// The moment at which the program asked first, which it does as soon as it has read its configuration.
  private static let startTime = ProcessStatus.now

  func stop() { server?.stop() }
}
