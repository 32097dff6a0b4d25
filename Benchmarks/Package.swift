// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "arbd-benchmarks",
  dependencies: [
    .package(name: "arbd", path: ".."),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
  ],
  targets: [
    // The other end of a socket, and a reader that does nothing but read, with nothing of ours in it.
    .target(
      name: "CLoopback", path: "Sources/CLoopback", linkerSettings: [.linkedLibrary("ssl"), .linkedLibrary("crypto")]),
    // A plain program on librdkafka, beside which the Kafka sink is measured, and the mock cluster for both.
    .target(name: "CKafkaReference", path: "Sources/CKafkaReference", linkerSettings: [.linkedLibrary("rdkafka")]),
    .executableTarget(
      name: "arbd-kafka-bench",
      dependencies: [
        "CKafkaReference",
        .product(name: "ArbdFramework", package: "arbd"),
        .product(name: "ArbdKafka", package: "arbd"),
        .product(name: "ArbdSinks", package: "arbd"),
        .product(name: "Logging", package: "swift-log"),
      ],
      path: "Sources/arbd-kafka-bench",
      swiftSettings: [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
      ]),
    .executableTarget(
      name: "arbd-bench",
      dependencies: [
        "CLoopback",
        .product(name: "ArbdAllocationCounter", package: "arbd"),
        .product(name: "ArbdFramework", package: "arbd"),
        .product(name: "ArbdAdapters", package: "arbd"),
        .product(name: "ArbdTransport", package: "arbd"),
        .product(name: "ArbdStorage", package: "arbd"),
        .product(name: "ArbdSinks", package: "arbd"),
        .product(name: "ArbdTestKit", package: "arbd"),
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
