// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "NewvenueAdapter",
  // Static: `arbd build-plugin` makes a plugin of it, and a program of one's own links it.
  products: [.library(name: "NewvenueAdapter", type: .static, targets: ["NewvenueAdapter"])],
  dependencies: [.package(name: "arbd", path: "../..")],
  targets: [
    .target(name: "NewvenueAdapter", dependencies: [.product(name: "ArbdFramework", package: "arbd")]),
    .testTarget(
      name: "NewvenueAdapterTests",
      dependencies: [
        "NewvenueAdapter",
        .product(name: "ArbdAllocationCounter", package: "arbd"),
        .product(name: "ArbdFramework", package: "arbd"),
        .product(name: "ArbdTestKit", package: "arbd"),
      ], exclude: ["Newvenue.jsonl"]),
  ]
)
