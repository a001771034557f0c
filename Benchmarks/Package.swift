// swift-tools-version: 6.2
import PackageDescription

// The peers' libraries are this package's dependencies, not the product's. The rooms that are measured are links to the
// product's own sources: `package` access ends at a package's border, so their code is compiled here, file for file, and
// nothing has to be public only to be measured.

let habits: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

func peer(_ name: String, pkgConfig: String, debian: String) -> Target {
    .systemLibrary(name: name, path: "Sources/Peers/\(name)", pkgConfig: pkgConfig, providers: [.apt([debian])])
}

let package = Package(
    name: "benchmarks",
    targets: [
        // Rooms
        .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        .target(name: "CSRTP", linkerSettings: [.linkedLibrary("srtp2")]),
        .target(name: "CSampleKernels", cSettings: [.define("_GNU_SOURCE")]),
        .target(name: "PCM", dependencies: ["CSampleKernels"], swiftSettings: habits),
        .target(name: "SRTP", dependencies: ["COpenSSL", "CSRTP"], swiftSettings: habits),

        // Peers
        peer("CAVCodec", pkgConfig: "libavcodec", debian: "libavcodec-dev"),
        peer("CSWResample", pkgConfig: "libswresample", debian: "libswresample-dev"),
        peer("CSpeexDSP", pkgConfig: "speexdsp", debian: "libspeexdsp-dev"),
        peer("CSoxr", pkgConfig: "soxr", debian: "libsoxr-dev"),
        peer("CSpanDSP", pkgConfig: "spandsp", debian: "libspandsp-dev"),
        .target(
            name: "CPeers", dependencies: ["CAVCodec", "CSWResample", "CSpeexDSP", "CSoxr", "CSpanDSP", "CSRTP"],
            cSettings: [.define("_GNU_SOURCE")], linkerSettings: [.linkedLibrary("avutil")]),

        .executableTarget(name: "bench", dependencies: ["CPeers", "PCM", "SRTP"], swiftSettings: habits),
    ]
)
