internal import Foundation

/// Opens a source that is no venue, and reads until something has come. What it reads goes nowhere.
struct SourceCheck {
  let name: String
  let source: any Source
  let markets: MarketTable
  let timeout: Duration

  func findings() async -> [Finding] {
    switch await inspect() {
    case .failure(let finding): return [finding]
    case .success(let text?): return [Finding(name, "inspect", .good, text)]
    case .success(nil): break
    }
    let opening = await open()
    guard opening.verdict == .good else {
      return [opening, Finding(name, "first line", .unknown, "it is not open")]
    }
    return [opening, await read()]
  }

  /// Nil where it may be run to see what comes.
  private func inspect() async -> InspectionResult {
    let tooLate = Finding(name, "inspect", .failed, "no answer within \(timeout.rough)")
    return await TimeLimited.answer(within: timeout, or: .failure(tooLate)) { [name, source] give in
      Thread.detachNewThread {
        do {
          give(.success(try source.inspect()))
        } catch {
          give(.failure(Finding(name, "inspect", .failed, "\(error)")))
        }
      }
    }
  }

  private enum InspectionResult: Sendable {
    case success(String?)
    case failure(Finding)
  }

  private func open() async -> Finding {
    // Nobody writes to a pipe, say.
    let tooLate = Finding(name, "open", .failed, "opening it takes longer than \(timeout.rough)")
    return await TimeLimited.answer(within: timeout, or: tooLate) { [name, source] give in
      Thread.detachNewThread {
        do {
          try source.open()
          give(Finding(name, "open", .good, "can be read"))
        } catch {
          give(Finding(name, "open", .failed, "\(error)"))
        }
      }
    }
  }

  private func read() async -> Finding {
    let log = InputLog(markets: markets)
    let writer = log.addLane(pace: .maximum)
    Thread.detachNewThread { [source] in
      do {
        try source.run(writer)
        log.end(writer)
      } catch {
        log.end(writer, failure: error)
      }
    }
    let tooLate = Finding(name, "first line", .failed, "nothing came within \(timeout.rough)")
    let finding = await TimeLimited.answer(within: timeout, or: tooLate) { [name] give in
      Thread.detachNewThread {
        var reader = InputReader(log)
        while true {
          switch reader.next() {
          case .events(let lane, let range):
            // That time passes says nothing.
            let events = reader.batch(of: lane).events[range]
            guard events.contains(where: { if case .tick = $0 { false } else { true } }) else { continue }
            return give(Finding(name, "first line", .good, "decoded"))
          case .ended: return give(Finding(name, "first line", .failed, "there is nothing in it"))
          case .failed(let error): return give(Finding(name, "first line", .failed, "\(error)"))
          case .attention, .progress, .nothing, .stopped: return give(tooLate)
          }
        }
      }
    }
    log.stop()
    return finding
  }
}
