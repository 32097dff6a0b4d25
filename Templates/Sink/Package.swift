// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "NewsinkSink",
  // Static: `arbd build-plugin` makes a plugin of it, and a program of one's own links it.
  products: [.library(name: "NewsinkSink", type: .static, targets: ["NewsinkSink"])],
  dependencies: [.package(name: "arbd", path: "../..")],
  targets: [
    .target(name: "NewsinkSink", dependencies: [.product(name: "ArbdFramework", package: "arbd")]),
    .testTarget(
      name: "NewsinkSinkTests",
      dependencies: [
        "NewsinkSink",
        .product(name: "ArbdFramework", package: "arbd"),
        .product(name: "ArbdTestKit", package: "arbd"),
      ]),
  ]
)
