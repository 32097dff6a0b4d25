// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
  name: "arbd",
  products: [
    .library(name: "ArbdFramework", targets: ["ArbdFramework"]),
    .library(name: "ArbdTransport", targets: ["ArbdTransport"]),
    .library(name: "ArbdAdapters", targets: ["ArbdAdapters"]),
    .library(name: "ArbdStorage", targets: ["ArbdStorage"]),
    .library(name: "ArbdKafka", targets: ["ArbdKafka"]),
    .library(name: "ArbdSinks", targets: ["ArbdSinks"]),
    .library(name: "ArbdTestKit", targets: ["ArbdTestKit"]),
    .library(name: "ArbdAllocationCounter", targets: ["CAllocationCounter"]),
    .library(name: "ArbdMain", targets: ["ArbdMain"]),
    .executable(name: "arbd", targets: ["arbd"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    .package(url: "https://github.com/swhitty/FlyingFox", .upToNextMinor(from: "0.27.1")),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
  ],
  targets: [
    .systemLibrary(name: "COpenSSL", path: "Sources/CLibraries/COpenSSL", pkgConfig: "openssl"),
    .systemLibrary(name: "CCurl", path: "Sources/CLibraries/CCurl", pkgConfig: "libcurl"),
    .systemLibrary(name: "CLinux", path: "Sources/CLibraries/CLinux"),
    .systemLibrary(name: "CProcess", path: "Sources/CLibraries/CProcess"),
    .systemLibrary(name: "CRdKafka", path: "Sources/CLibraries/CRdKafka", pkgConfig: "rdkafka"),
    .systemLibrary(name: "CNcurses", path: "Sources/CLibraries/CNcurses"),
    .systemLibrary(name: "CZlib", path: "Sources/CLibraries/CZlib", pkgConfig: "zlib"),
    .target(
      name: "ArbdFramework",
      dependencies: ["COpenSSL", .product(name: "Logging", package: "swift-log")],
      path: "Sources/Framework",
      // JSONScanner keeps the RawSpan that it reads: docs/adr/0001-scanner-over-rawspan.md
      swiftSettings: settings + [.enableExperimentalFeature("Lifetimes")], plugins: ["FrameworkFingerprint"]),
    // Compiler and sources as a text in the framework: docs/adr/0018-what-a-plugin-file-is.md
    .plugin(name: "FrameworkFingerprint", capability: .buildTool(), path: "Plugins/FrameworkFingerprint"),
    .target(
      name: "ArbdTransport",
      dependencies: ["ArbdFramework", "CCurl", "COpenSSL", "CZlib"],
      path: "Sources/Transport",
      // FrameReader lends out the messages that it puts together, as spans.
      swiftSettings: settings + [.enableExperimentalFeature("Lifetimes")]),
    .target(
      name: "ArbdProcesses",
      dependencies: ["ArbdFramework", "CProcess", .product(name: "Logging", package: "swift-log")],
      path: "Sources/Processes",
      swiftSettings: settings),
    .target(
      name: "ArbdAdapters",
      dependencies: [
        "ArbdFramework", "ArbdKafka", "ArbdProcesses", "CZlib", .product(name: "Logging", package: "swift-log"),
      ],
      path: "Sources/Adapters",
      swiftSettings: settings),
    .target(
      name: "ArbdStorage",
      dependencies: ["ArbdFramework", .product(name: "GRDB", package: "GRDB.swift")],
      path: "Sources/Storage",
      swiftSettings: settings),
    .target(
      name: "ArbdKafka",
      dependencies: ["ArbdFramework", "CRdKafka", .product(name: "Logging", package: "swift-log")],
      path: "Sources/Kafka",
      swiftSettings: settings),
    .target(
      name: "ArbdTerminal",
      dependencies: ["ArbdFramework", "CNcurses", .product(name: "Logging", package: "swift-log")],
      path: "Sources/Terminal",
      swiftSettings: settings),
    .target(
      name: "ArbdSinks",
      dependencies: [
        "ArbdFramework", "ArbdKafka", "ArbdProcesses", "ArbdStorage", "ArbdTerminal", "ArbdTransport", "COpenSSL",
        .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "Logging", package: "swift-log"),
      ],
      path: "Sources/Sinks",
      swiftSettings: settings),
    .target(
      name: "ArbdSimulator",
      dependencies: ["ArbdFramework", "ArbdTransport", "CLinux", "COpenSSL"],
      path: "Sources/Simulator",
      swiftSettings: settings),
    .target(
      name: "ArbdOperations",
      // The sockets of FlyingFox without its HTTP server: docs/adr/0009-operations-server.md
      dependencies: [
        "ArbdFramework", .product(name: "FlyingSocks", package: "FlyingFox"),
        .product(name: "Logging", package: "swift-log"),
      ],
      path: "Sources/Operations",
      swiftSettings: settings),
    // Files with plugins: which are loaded, and how.
    .target(name: "ArbdPlugins", dependencies: ["ArbdFramework"], path: "Sources/Plugins", swiftSettings: settings),
    // The whole program but its main, so that others can have a main of their own: Examples/embed
    .target(
      name: "ArbdMain",
      dependencies: [
        "ArbdPlugins", "ArbdFramework", "ArbdTransport", "ArbdAdapters", "ArbdKafka", "ArbdStorage", "ArbdSinks",
        "ArbdSimulator", "ArbdOperations", "ArbdTerminal", "ArbdTestKit",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "UnixSignals", package: "swift-service-lifecycle"),
      ],
      path: "Sources/arbd",
      swiftSettings: settings),
    .executableTarget(
      name: "arbd", dependencies: ["ArbdMain"], path: "Sources/Program", swiftSettings: settings,
      // Plugins find the framework's symbols in the program: docs/adr/0003-plugins-share-one-framework.md
      linkerSettings: [.unsafeFlags(["-Xlinker", "--export-dynamic"], .when(platforms: [.linux]))]),
    .target(
      name: "ArbdTestKit", dependencies: ["ArbdFramework", .product(name: "Logging", package: "swift-log")],
      path: "Sources/TestKit", swiftSettings: settings),
    // Takes the place of malloc in a test's program; no product of ours is linked with it.
    .target(name: "CAllocationCounter", path: "Sources/CLibraries/CAllocationCounter"),
    // The rules of detection, written down a second time as plainly as can be; the engine is tested against it.
    .target(name: "DetectionReference", path: "Tests/DetectionReference", swiftSettings: settings),
    .testTarget(
      name: "FrameworkTests",
      dependencies: ["ArbdFramework", "DetectionReference", .product(name: "Logging", package: "swift-log")],
      path: "Tests/FrameworkTests", swiftSettings: settings),
    .testTarget(
      name: "TransportTests", dependencies: ["ArbdTransport", "ArbdFramework", "COpenSSL"],
      path: "Tests/TransportTests", swiftSettings: settings),
    .testTarget(
      name: "SimulatorTests", dependencies: ["ArbdSimulator", "ArbdTransport", "ArbdFramework"],
      path: "Tests/SimulatorTests",
      swiftSettings: settings),
    .testTarget(
      name: "AdaptersTests",
      dependencies: [
        "ArbdAdapters", "ArbdKafka", "ArbdProcesses", "ArbdSinks", "ArbdFramework", "KafkaTestSupport",
        .product(name: "Logging", package: "swift-log"),
      ],
      path: "Tests/AdaptersTests", swiftSettings: settings),
    .testTarget(
      name: "StorageTests",
      dependencies: ["ArbdStorage", "ArbdFramework", .product(name: "GRDB", package: "GRDB.swift")],
      path: "Tests/StorageTests", swiftSettings: settings),
    // librdkafka's mock cluster in the process of the tests.
    .target(
      name: "KafkaTestSupport",
      dependencies: ["ArbdKafka", "CRdKafka", .product(name: "Logging", package: "swift-log")],
      path: "Tests/KafkaTestSupport",
      swiftSettings: settings),
    .testTarget(
      name: "KafkaTests",
      dependencies: [
        "ArbdKafka", "ArbdFramework", "KafkaTestSupport", .product(name: "Logging", package: "swift-log"),
      ],
      path: "Tests/KafkaTests", swiftSettings: settings),
    .testTarget(
      name: "SinksTests",
      dependencies: [
        "ArbdSinks", "ArbdKafka", "ArbdProcesses", "ArbdStorage", "ArbdTransport", "ArbdFramework", "ArbdTestKit",
        "KafkaTestSupport",
        .product(name: "GRDB", package: "GRDB.swift"), .product(name: "Logging", package: "swift-log"),
      ],
      path: "Tests/SinksTests", swiftSettings: settings),
    .testTarget(
      name: "TerminalTests",
      dependencies: ["ArbdTerminal", "ArbdFramework", .product(name: "Logging", package: "swift-log")],
      path: "Tests/TerminalTests", exclude: ["Golden"], swiftSettings: settings),
    .testTarget(
      name: "ProcessesTests", dependencies: ["ArbdProcesses"], path: "Tests/ProcessesTests", swiftSettings: settings),
    .testTarget(
      name: "TestKitTests",
      dependencies: [
        "ArbdTestKit", "CAllocationCounter", "ArbdFramework", .product(name: "Logging", package: "swift-log"),
      ], path: "Tests/TestKitTests", swiftSettings: settings),
    .testTarget(
      name: "PluginsTests", dependencies: ["ArbdPlugins", "ArbdFramework"], path: "Tests/PluginsTests",
      swiftSettings: settings),
    .target(name: "OperationsTestSupport", path: "Tests/OperationsTestSupport", swiftSettings: settings),
    // Runs over real sockets, against simulated venues in the same process.
    .testTarget(
      name: "LiveTests",
      dependencies: [
        "ArbdFramework", "ArbdTransport", "ArbdAdapters", "ArbdSimulator", "ArbdTestKit", "CAllocationCounter",
        .product(name: "Logging", package: "swift-log"),
      ],
      path: "Tests/LiveTests", swiftSettings: settings),
    .testTarget(
      name: "OperationsTests",
      dependencies: [
        "ArbdOperations", "ArbdFramework", "OperationsTestSupport", .product(name: "Logging", package: "swift-log"),
      ],
      path: "Tests/OperationsTests", swiftSettings: settings),
    .testTarget(
      name: "ArbdTests",
      dependencies: [
        "arbd", "ArbdMain", "ArbdFramework", "ArbdOperations", "KafkaTestSupport", "OperationsTestSupport",
      ],
      path: "Tests/ArbdTests",
      swiftSettings: settings),
  ]
)
