internal import Dispatch
internal import Foundation
internal import Glibc

/// Remembers, over restarts of the process, when it tried to connect to each venue: a daemon that is started again and
/// again shall not do more than one that stays up.
///
/// A small file for each venue, written anew with each attempt, by a queue of its own: no disk holds up the core. One that
/// cannot be written or read is as good as none.
package struct AttemptFile: Sendable {
  let folder: String

  private static let queue = DispatchQueue(label: "arbd attempts")

  package init(folder: String) { self.folder = folder }

  private func path(of venue: String) -> String {
    let name = venue.utf8.map { byte in
      let isPlain = (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20)
      return isPlain ? String(UnicodeScalar(byte)) : "%\(byte)"
    }
    return "\(folder)/\(name.joined()).attempts"
  }

  /// A number a line: first until when the server wants to be left alone (0: not), then the attempts. With a sign in front,
  /// until when it wants no more requests.
  func attempts(at venue: String) -> ConnectionBudget.Saved? {
    let descriptor = open(path(of: venue), O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 1 << 18)
    let count = bytes.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
    guard count > 0 else { return nil }
    let numbers = bytes[..<count].split(separator: 0x0A).compactMap { Int64(String(decoding: $0, as: UTF8.self)) }
    let times = numbers.filter { $0 >= 0 && Timestamp.readableMicroseconds.contains($0) }.map {
      Timestamp(microseconds: $0)
    }
    guard let pause = times.first else { return nil }
    let requests = numbers.lazy.filter { $0 < 0 }.map { 0 &- $0 }.first(where: Timestamp.readableMicroseconds.contains)
    return ConnectionBudget.Saved(
      attempts: Array(times.dropFirst()), pausedUntil: pause.microseconds > 0 ? pause : nil,
      requestsPausedUntil: requests.map { Timestamp(microseconds: $0) })
  }

  func save(_ saved: ConnectionBudget.Saved, of venue: String) {
    AttemptFile.queue.async { write(saved, of: venue) }
  }

  /// Waits until everything is written.
  func finish() { AttemptFile.queue.sync {} }

  private func write(_ saved: ConnectionBudget.Saved, of venue: String) {
    let requests = saved.requestsPausedUntil.map { [0 &- $0.microseconds] } ?? []
    let lines = [saved.pausedUntil?.microseconds ?? 0] + saved.attempts.map(\.microseconds) + requests
    let text = Array((lines.map { String($0) }.joined(separator: "\n") + "\n").utf8)
    try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let temporary = path(of: venue) + ".new"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { return }
    let written = text.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, text.count) }
    close(descriptor)
    if written == text.count { rename(temporary, path(of: venue)) } else { unlink(temporary) }
  }
}
