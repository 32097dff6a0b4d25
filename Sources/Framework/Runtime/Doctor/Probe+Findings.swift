// What a probe has found, once it is finished.

extension Probe {
  /// The steps of connecting, each of which needs those before it.
  private enum Step: Int, CaseIterable {
    case host, connection, tls, webSocket

    var name: String {
      switch self {
      case .host: "host"
      case .connection: "connection"
      case .tls: "TLS"
      case .webSocket: "WebSocket"
      }
    }
  }

  private var isEncrypted: Bool { request.url.lowercased().hasPrefix("wss:") }

  /// One for each check, in the order in which they rest on each other. `now` is the wall clock.
  func findings(now: Timestamp) -> [Finding] {
    let steps = Step.allCases.filter { $0 != .tls || isEncrypted }
    return steps.map { finding(of: $0, now) } + [subscriptions, data] + unreadable + [roundTrip, clock]
  }

  // MARK: Connecting

  /// The step that a socket failed at, and why; nil when it was open.
  private func failure(of socket: ProbedSocket) -> (step: Step, reason: String)? {
    guard case .failed(let failure) = socket.phase else { return nil }
    let step: Step =
      switch failure.stage {
      case .resolve: .host
      case .connect: .connection
      case .tls: .tls
      // Without a connection ever, it is the address that is wrong.
      case .handshake, .response: socket.particulars?.address == nil ? .host : .webSocket
      case .cancelled:
        if socket.particulars?.address == nil {
          .connection
        } else {
          isEncrypted && socket.particulars?.tls == nil ? .tls : .webSocket
        }
      }
    return (step, failure.reason)
  }

  private func finding(of step: Step, _ now: Timestamp) -> Finding {
    let failures = sockets.compactMap { failure(of: $0) }
    let failed = failures.filter { $0.step == step }
    if let reason = failed.first?.reason {
      let count = sockets.count > 1 ? " (\(failed.count) of \(sockets.count) connections)" : ""
      return Finding(name, step.name, .failed, reason + count)
    }
    if failures.count == sockets.count, failures.allSatisfy({ $0.step.rawValue < step.rawValue }) {
      return Finding(name, step.name, .unknown, "not reached")
    }
    if step == .host, !sockets.contains(where: \.hasFoundHost) {
      return Finding(name, step.name, .unknown, "not looked up")
    }
    let best = sockets.first { $0.hasOpened } ?? sockets.first
    return Finding(name, step.name, .good, text(of: step, best?.particulars ?? SocketParticulars(), now))
  }

  private func text(of step: Step, _ known: SocketParticulars, _ now: Timestamp) -> String {
    switch step {
    case .host: return "\(host) found" + after(known.lookup)
    case .connection: return (known.address.map { "TCP to \($0)" } ?? "accepted") + after(known.connect)
    case .tls:
      guard let end = known.certificateEnd else { return "agreed on" + after(known.tls) }
      let days = (end.microseconds - now.microseconds) / 86_400_000_000
      let left = days == 1 ? "1 day" : "\(days) days"
      return "the certificate holds until \(end.description.prefix(10)), another \(left)" + after(known.tls)
    case .webSocket:
      let count = sockets.count(where: \.hasOpened)
      return sockets.count > 1 ? "\(count) of \(sockets.count) connections open" : "open"
    }
  }

  private func after(_ time: Duration?) -> String { time.map { " (\($0.measured))" } ?? "" }

  /// The address's host: a URL may hold secrets behind it.
  private var host: String {
    let authority = request.url.drop { $0 != "/" }.drop { $0 == "/" }.prefix { !"/?#".contains($0) }
    if authority.first == "[" { return authority.prefix { $0 != "]" } + "]" }
    return String(authority.prefix { $0 != ":" })
  }

  // MARK: Data

  private var streams: [ProbedSocket.Stream] { sockets.filter(\.hasOpened).flatMap(\.streams) }

  /// What ended a connection that had been open.
  private var loss: String? {
    for case .lost(let reason) in sockets.map(\.phase) { return reason }
    return nil
  }

  /// `text`, and what may explain it.
  private func explained(_ text: String) -> String {
    var parts = [text]
    for error in Set(sockets.flatMap(\.venueErrors)).sorted().prefix(3) { parts.append("the venue says: \(error)") }
    if let loss { parts.append(loss) }
    return parts.joined(separator: "; ")
  }

  private var subscriptions: Finding {
    let streams = streams
    guard !streams.isEmpty else { return Finding(name, "subscriptions", .unknown, "there is no connection") }
    let acknowledged = streams.count { $0.isAcknowledged }
    let proved = streams.count { !$0.isAcknowledged && $0.refusal == nil && $0.firstData != nil }
    let refused = streams.filter { $0.refusal != nil }
    let unanswered = streams.filter { !$0.isAcknowledged && $0.refusal == nil && $0.firstData == nil }
    var parts = ["\(acknowledged) of \(streams.count) acknowledged"]
    if proved > 0 { parts.append("\(proved) not, but their data came") }
    if let first = refused.first, let reason = first.refusal {
      parts.append("\(list(refused)) refused: \(reason)")
    }
    if !unanswered.isEmpty { parts.append("no answer within \(timeout.rough) for \(list(unanswered))") }
    let text = parts.joined(separator: "; ")
    let isGood = refused.isEmpty && unanswered.isEmpty
    return Finding(name, "subscriptions", isGood ? .good : .failed, isGood ? text : explained(text))
  }

  private var data: Finding {
    let expected = streams.filter { $0.refusal == nil && ($0.isAcknowledged || $0.firstData != nil) }
    guard !expected.isEmpty else {
      let reason = streams.isEmpty ? "there is no connection" : "no stream is acknowledged"
      return Finding(name, "first data", .unknown, reason)
    }
    let times = expected.compactMap(\.firstData)
    let silent = expected.filter { $0.firstData == nil }
    let count = "\(times.count) of \(expected.count) streams"
    guard let last = times.max(), silent.isEmpty else {
      let isAlive = sockets.contains { $0.link.heartbeats > 0 }
      let hint = isAlive ? "the venue's heartbeats come, so the market may be quiet" : "a quiet market needs longer"
      return Finding(
        name, "first data", .failed,
        explained("\(count); none within \(timeout.rough) of \(list(silent)) (\(hint): --timeout)"))
    }
    return Finding(name, "first data", .good, "\(count), the last after \(last.measured)")
  }

  private var unreadable: [Finding] {
    let faults = sockets.compactMap(\.unreadable)
    guard let first = faults.first?.first else { return [] }
    let count = faults.reduce(0) { $0 + $1.count }
    return [
      Finding(name, "frames", .failed, "\(count == 1 ? "one" : "\(count)") could not be read, the first: \(first)")
    ]
  }

  /// The first few by name.
  private func list(_ streams: [ProbedSocket.Stream]) -> String {
    let names = streams.prefix(3).map(\.subscription.description).joined(separator: ", ")
    return streams.count > 3 ? "\(names) and \(streams.count - 3) more" : names
  }

  // MARK: Times

  private var roundTrip: Finding {
    guard sockets.contains(where: \.hasOpened) else {
      return Finding(name, "round trip", .unknown, "there is no connection")
    }
    if let shortest = sockets.compactMap(\.roundTrip).min() {
      return Finding(name, "round trip", .good, "\(shortest.measured) from ping to pong")
    }
    let text = loss ?? "no pong within \(timeout.rough): a dead connection would not be told from a quiet one"
    return Finding(name, "round trip", .failed, text)
  }

  private var clock: Finding {
    guard sockets.contains(where: \.hasOpened) else {
      return Finding(name, "clock", .unknown, "there is no connection")
    }
    return ClockOffset.finding(name, sockets.flatMap(\.offset.samples), limit: offsetLimit)
  }
}
