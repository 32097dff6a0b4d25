import ArbdFramework
import ArbdOperations
import ArbdStorage
import Logging

/// Whether the places that a run takes for itself are free. Takes none of them for longer than the look.
struct PlaceCheck {
  let configuration: Configuration
  let logger: Logger

  var findings: [Finding] { [state, http, control].compactMap(\.self) }

  private var state: Finding? {
    configuration.state.folder.map { options in
      let obstacle = StateFolder.obstacle(at: options.path)
      return finding("state", "folder", obstacle, "\(options.path) can be used")
    }
  }

  private var http: Finding? {
    configuration.http.map { options in
      do throws(ListenError) {
        try OperationsServer(options.listen, logger: logger) { _ in Reply(.notFound, "") }.stop()
        return finding("http", "address", nil, "\(options.listen) is free")
      } catch {
        return finding("http", "address", error.reason, "")
      }
    }
  }

  private var control: Finding? {
    configuration.control.map { options in
      finding("control", "socket", ControlServer.obstacle(at: options.path), "\(options.path) can be made")
    }
  }

  private func finding(_ subject: String, _ check: String, _ obstacle: String?, _ text: String) -> Finding {
    Finding(subject, check, obstacle == nil ? .good : .failed, obstacle ?? text)
  }
}
