// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "arbd-benchmarks",
  dependencies: [
    .package(name: "arbd", path: ".."),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
  ],
  targets: [
    // Stands in front of the C library's allocator in the program that links it.
    .target(name: "CAllocationCounter", path: "Sources/CAllocationCounter"),
    // The other end of a socket, and a reader that does nothing but read, with nothing of ours in it.
    .target(
      name: "CLoopback", path: "Sources/CLoopback", linkerSettings: [.linkedLibrary("ssl"), .linkedLibrary("crypto")]),
    .executableTarget(
      name: "arbd-bench",
      dependencies: [
        "CAllocationCounter",
        "CLoopback",
        .product(name: "ArbdFramework", package: "arbd"),
        .product(name: "ArbdAdapters", package: "arbd"),
        .product(name: "ArbdTransport", package: "arbd"),
        .product(name: "ArbdStorage", package: "arbd"),
        .product(name: "ArbdSinks", package: "arbd"),
        .product(name: "Logging", package: "swift-log"),
      ],
      path: "Sources/arbd-bench",
      swiftSettings: [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
      ]),
  ]
)
