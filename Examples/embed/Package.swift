// swift-tools-version: 6.2
import PackageDescription

// arbd with one more venue, as a program of one's own: no file is loaded, all is linked.
let package = Package(
  name: "embed",
  dependencies: [
    .package(name: "arbd", path: "../.."),
    .package(name: "NewvenueAdapter", path: "../../Templates/Adapter"),
  ],
  targets: [
    .executableTarget(
      name: "embed",
      dependencies: [
        .product(name: "ArbdFramework", package: "arbd"),
        .product(name: "ArbdMain", package: "arbd"),
        .product(name: "NewvenueAdapter", package: "NewvenueAdapter"),
      ])
  ]
)
