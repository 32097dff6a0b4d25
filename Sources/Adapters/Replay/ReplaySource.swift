public import ArbdFramework
internal import Logging

/// Reads a file of records or a capture into the input log.
public struct ReplaySource: Source {
  public static let name = "replay"
  public static let summary = "Replays trades and quotes, or captured frames, from a file or standard input."

  private let options: ReplayOptions
  private let adapters: [any ExchangeAdapter]
  private let logger: Logger
  private let file = Slot<ReplayFile>()

  public init(options: ReplayOptions, context: PluginContext) throws {
    self.options = options
    self.logger = context.logger
    self.adapters = try options.adapters.map { item in
      try item.make(PluginContext(logger: context.logger, name: item.name, markets: context.markets))
    }
    var venues: Set<String> = []
    for adapter in adapters where !venues.insert(adapter.venue.id).inserted {
      throw OptionError(key: "adapters", "two adapters for \(adapter.venue.id); put its instruments into one")
    }
  }

  public var provides: [ProvidedMarket]? {
    options.format == .records ? nil : adapters.flatMap { $0.provides }
  }

  public var pace: InputLog.Pace {
    switch options.speed {
    case .maximum: .maximum
    case .factor(let factor): .realTime(factor: factor)
    }
  }

  public func open() throws { file.put(try ReplayFile(path: options.path)) }

  public func run(_ log: InputLog.Writer) throws {
    guard let file = file.take() else { return }
    switch options.format {
    case .records: try run(file, RecordDecoder(markets: log.markets), log)
    case .capture:
      let adapters = adapters
      let decoder = CaptureDecoder(markets: log.markets) { venue, number in
        log.connection(venue, number, adapter: adapters.first { $0.venue.id == venue })
      }
      try run(file, decoder, log)
    }
  }

  private func run(_ file: ReplayFile, _ lineDecoder: some LineDecoder, _ log: InputLog.Writer) throws {
    var lines = LineReader()
    var decoder = lineDecoder
    var batch = InputBatch()
    var skipped = RepeatedLog(logger)
    repeat {
      while let line = lines.nextLine() {
        do throws(LineError) {
          guard case .bytes(let range) = line else { throw .tooLong("line") }
          let bytes = lines.buffer.span.bytes.extracting(range)
          if !bytes.isBlank { try decoder.decode(bytes, into: &batch) }
        } catch {
          let failure = ReplayError(options.path, line: lines.lineNumber, "\(error)")
          guard options.onError == .skip else {
            _ = try log.append(batch)
            throw failure
          }
          log.count("skipped_lines")
          skipped.warn("line") { "skipped a line: \(failure)" }
        }
        if batch.events.count >= InputBatch.usualCount { batch = try log.append(batch) }
      }
      // What has been read is handed over before waiting for more: standard input may be slow.
      batch = try log.append(batch)
    } while try lines.fill(file.read(into:from:))
  }
}

/// Turns one line of a file into an event of the log.
private protocol LineDecoder {
  mutating func decode(_ line: RawSpan, into batch: inout InputBatch) throws(LineError)
}

extension CaptureDecoder: LineDecoder {}

extension RecordDecoder: LineDecoder {
  fileprivate mutating func decode(_ line: RawSpan, into batch: inout InputBatch) throws(LineError) {
    batch.append(.record(try decode(line)))
  }
}

extension RawSpan {
  fileprivate var isBlank: Bool {
    for offset in 0..<byteCount
    where unsafe unsafeLoad(fromUncheckedByteOffset: offset, as: UInt8.self) > 0x20 {
      return false
    }
    return true
  }
}
