import Foundation

/// Certificates made for a run of the tests, by the `openssl` command.
enum TestCertificates {
  struct Files: Sendable {
    let certificate: String
    let key: String
  }

  /// What to trust.
  static let authority = folder.appendingPathComponent("authority.pem").path
  static let valid = files("valid")
  static let expired = files("expired")
  static let otherHost = files("other-host")
  /// For 127.0.0.1.
  static let address = files("address")
  static let selfSigned = files("self-signed")

  /// A file of its own with what another holds.
  static func copy(of file: String) throws -> String {
    let copy = folder.appendingPathComponent("\(UUID().uuidString).pem").path
    try replace(copy, with: file)
    return copy
  }

  static func replace(_ file: String, with other: String) throws {
    try Data(contentsOf: URL(fileURLWithPath: other)).write(to: URL(fileURLWithPath: file))
  }

  private static func files(_ name: String) -> Files {
    Files(
      certificate: folder.appendingPathComponent("\(name).pem").path,
      key: folder.appendingPathComponent("\(name).key").path)
  }

  private static let folder: URL = {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("arbd-certificates-\(getpid())")
    try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-ec", script]
    process.currentDirectoryURL = folder
    process.standardError = FileHandle.nullDevice
    try? process.run()
    process.waitUntilExit()
    atexit { try? FileManager.default.removeItem(at: TestCertificates.folder) }
    return folder
  }()

  private static let script = """
    key="-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
    openssl req -x509 $key -keyout authority.key -out authority.pem -subj /CN=Test-Authority -days 2
    openssl req -x509 $key -keyout self-signed.key -out self-signed.pem -subj /CN=localhost -days 2 \\
      -addext subjectAltName=DNS:localhost
    leaf() {
      openssl req -new $key -keyout $1.key -out $1.csr -subj /CN=$2
      echo "subjectAltName=$4:$2" > $1.ext
      openssl x509 -req -in $1.csr -CA authority.pem -CAkey authority.key -CAcreateserial -extfile $1.ext \\
        -days $3 -out $1.pem
    }
    leaf valid localhost 2 DNS
    leaf other-host elsewhere.example 2 DNS
    leaf expired localhost -1 DNS
    leaf address 127.0.0.1 2 IP
    """
}
