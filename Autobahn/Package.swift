// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "arbd-autobahn",
  dependencies: [.package(name: "arbd", path: "..")],
  targets: [
    .executableTarget(
      name: "arbd-autobahn", dependencies: [.product(name: "ArbdTransport", package: "arbd")],
      path: "Sources/arbd-autobahn",
      swiftSettings: [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
      ])
  ]
)
