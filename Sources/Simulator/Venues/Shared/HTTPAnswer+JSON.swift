internal import ArbdFramework
internal import ArbdTransport

extension HTTPAnswer {
  /// `body` is JSON.
  init(status: Int = 200, json body: [UInt8]) {
    self.init(status, [HTTPHeader("Content-Type", "application/json")], keepsConnection: true)
    self.body = body
  }

  init(status: Int = 200, json body: String) { self.init(status: status, json: Array(body.utf8)) }

  init(status: Int = 200, tree: JSONTree) { self.init(status: status, json: Array(tree.compact.utf8)) }
}
