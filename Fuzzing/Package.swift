// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

/// A program that libFuzzer feeds. It has no main of its own, so it only links with `--sanitize=fuzzer`: see `make fuzz`.
func fuzzer(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .executableTarget(
    name: name, dependencies: ["FuzzSupport", .product(name: "ArbdFramework", package: "arbd")] + dependencies,
    path: "Sources/\(name)", swiftSettings: settings + [.unsafeFlags(["-parse-as-library"])])
}

let adapters = Target.Dependency.product(name: "ArbdAdapters", package: "arbd")
let transport = Target.Dependency.product(name: "ArbdTransport", package: "arbd")
let sinks = Target.Dependency.product(name: "ArbdSinks", package: "arbd")

let package = Package(
  name: "arbd-fuzzing",
  dependencies: [
    .package(name: "arbd", path: ".."),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
  ],
  targets: [
    .target(
      name: "FuzzSupport",
      dependencies: [
        .product(name: "ArbdFramework", package: "arbd"), .product(name: "Logging", package: "swift-log"),
      ],
      path: "Sources/FuzzSupport", swiftSettings: settings),
    fuzzer("fuzz-scanner"),
    fuzzer("fuzz-coinbase", [adapters]),
    fuzzer("fuzz-coinbase-advanced", [adapters]),
    fuzzer("fuzz-binance", [adapters]),
    fuzzer("fuzz-kraken", [adapters]),
    fuzzer("fuzz-okx", [adapters]),
    fuzzer("fuzz-bybit", [adapters]),
    fuzzer("fuzz-books"),
    fuzzer("fuzz-records"),
    fuzzer("fuzz-config", [adapters, sinks]),
    fuzzer("fuzz-websocket", [transport]),
  ]
)
