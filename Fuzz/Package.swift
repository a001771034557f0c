// swift-tools-version: 6.2
import PackageDescription

// libFuzzer under AddressSanitizer. The rooms are links to the product's own sources, as in Benchmarks: they have to be
// compiled with coverage counters, which the product's own build never has, and `package` access ends at a package's
// border.

let instrumented: SwiftSetting = .unsafeFlags(["-sanitize=fuzzer,address"])

let habits: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    instrumented,
]

func room(_ name: String, uses rooms: [String] = []) -> Target {
    .target(name: name, dependencies: rooms.map { .byName(name: $0) }, swiftSettings: habits)
}

let package = Package(
    name: "fuzz",
    targets: [
        .systemLibrary(name: "CLibFuzzer"),
        .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        .target(name: "CSRTP", linkerSettings: [.linkedLibrary("srtp2")]),
        .target(
            name: "CSampleKernels",
            cSettings: [.define("_GNU_SOURCE"), .unsafeFlags(["-fsanitize=address", "-fsanitize=fuzzer-no-link"])]),
        room("Timekeeping"),
        room("Addressing"),
        room("JSON"),
        room("Digests", uses: ["COpenSSL"]),
        room("PCM", uses: ["CSampleKernels"]),
        room("SIPSyntax", uses: ["Addressing"]),
        room("SDP", uses: ["Addressing"]),
        room("SIPTransaction", uses: ["Addressing", "SIPSyntax", "Timekeeping"]),
        room("SIPUserAgent", uses: ["Addressing", "Digests", "SIPSyntax", "SIPTransaction", "Timekeeping"]),
        room("RTP", uses: ["Timekeeping"]),
        room("SRTP", uses: ["COpenSSL", "CSRTP"]),
        room("BotProtocol", uses: ["PCM", "Timekeeping"]),
        room("WebSocketFraming", uses: ["Digests"]),
        room("BotDialects", uses: ["BotProtocol", "JSON", "PCM", "Timekeeping"]),

        .executableTarget(
            name: "fuzz",
            dependencies: [
                "Addressing", "BotDialects", "BotProtocol", "CLibFuzzer", "JSON", "PCM", "RTP", "SDP", "SIPSyntax",
                "SIPTransaction", "SIPUserAgent", "SRTP", "Timekeeping", "WebSocketFraming",
            ],
            swiftSettings: habits + [.unsafeFlags(["-parse-as-library"])],
            // gold, the default linker, crashes on the coverage sections.
            linkerSettings: [.unsafeFlags(["-sanitize=fuzzer,address", "-use-ld=lld"])]),
    ]
)
