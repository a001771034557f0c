// swift-tools-version: 6.2
import PackageDescription

// The floor plan. A room is one target with one purpose; it may use only the rooms that it names, and those stand above
// it. Tests/ArchitectureTests reads this file as text and holds every import to it, so keep one room a line.

let habits: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

func room(_ name: String, in floor: String, uses rooms: [String] = [], packages: [Target.Dependency] = []) -> Target {
    .target(
        name: name, dependencies: rooms.map { .byName(name: $0) } + packages, path: "Sources/\(floor)/\(name)",
        swiftSettings: habits)
}

func tests(
    _ name: String, uses rooms: [String], packages: [Target.Dependency] = [], resources: [Resource] = [],
    exclude: [String] = []
) -> Target {
    .testTarget(
        name: name, dependencies: rooms.map { .byName(name: $0) } + packages, path: "Tests/\(name)", exclude: exclude,
        resources: resources, swiftSettings: habits)
}

/// What the tests of several rooms need.
func testSupport(_ name: String) -> Target {
    .target(name: name, path: "Tests/\(name)", swiftSettings: habits)
}

func cLibrary(_ name: String, pkgConfig: String, debian: String) -> Target {
    .systemLibrary(
        name: name, path: "Sources/Foundations/\(name)", pkgConfig: pkgConfig, providers: [.apt([debian])])
}

func cTarget(_ name: String) -> Target {
    .target(name: name, path: "Sources/Foundations/\(name)", cSettings: [.define("_GNU_SOURCE")])
}

let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")
let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore = Target.Dependency.product(name: "HummingbirdCore", package: "hummingbird")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let unixSignals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")

let package = Package(
    name: "trunkline",
    products: [.executable(name: "trunkline", targets: ["trunkline"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        // Foundations
        cLibrary("COpenSSL", pkgConfig: "openssl", debian: "libssl-dev"),
        cLibrary("CSndfile", pkgConfig: "sndfile", debian: "libsndfile1-dev"),
        cLibrary("CCares", pkgConfig: "libcares", debian: "libc-ares-dev"),
        cTarget("CSRTP"),
        cTarget("CLinux"),
        cTarget("CSampleKernels"),
        room("Timekeeping", in: "Foundations"),
        room("Addressing", in: "Foundations"),
        room("JSON", in: "Foundations"),
        room("Digests", in: "Foundations", uses: ["COpenSSL"]),
        room("PCM", in: "Foundations", uses: ["CSampleKernels"]),
        room("TLS", in: "Foundations", uses: ["COpenSSL", "Addressing"]),
        room("Reactor", in: "Foundations", uses: ["CLinux", "Timekeeping"]),
        room("DNS", in: "Foundations", uses: ["Addressing", "CCares", "Reactor", "Timekeeping"]),

        // Signalling
        room("SIPSyntax", in: "Signalling", uses: ["Addressing"]),
        room("SDP", in: "Signalling", uses: ["Addressing"]),
        room("SIPTransaction", in: "Signalling", uses: ["Addressing", "SIPSyntax", "Timekeeping"]),
        room(
            "SIPUserAgent", in: "Signalling",
            uses: ["Addressing", "Digests", "SIPSyntax", "SIPTransaction", "Timekeeping"]),
        room(
            "SIPTransport", in: "Signalling",
            uses: ["Addressing", "CLinux", "DNS", "SIPSyntax", "TLS", "Timekeeping"],
            packages: [nioCore, nioPosix, logging]),
        room(
            "SIPEndpoint", in: "Signalling",
            uses: ["Addressing", "SIPSyntax", "SIPTransport", "SIPUserAgent", "Timekeeping"],
            packages: [nioCore, nioPosix, logging]),

        // Media
        room("RTP", in: "Media", uses: ["Timekeeping"]),
        room("SRTP", in: "Media", uses: ["COpenSSL", "CSRTP"]),
        room("AudioCodecs", in: "Media", uses: ["PCM"]),
        room("AudioAnalysis", in: "Media", uses: ["PCM"]),
        room("AudioFiles", in: "Media", uses: ["CSndfile", "CLinux", "PCM", "Timekeeping"], packages: [logging]),

        // Bots
        room("BotProtocol", in: "Bots", uses: ["PCM", "Timekeeping"]),
        room("WebSocketFraming", in: "Bots", uses: ["Digests"]),
        room("BotDialects", in: "Bots", uses: ["BotProtocol", "JSON", "PCM", "Timekeeping"]),
        room(
            "BotTransports", in: "Bots",
            uses: [
                "Addressing", "BotProtocol", "CLinux", "Digests", "Reactor", "TLS", "Timekeeping", "WebSocketFraming",
            ],
            packages: [logging]),

        // Calls
        room(
            "CallAudio", in: "Calls",
            uses: ["Addressing", "AudioAnalysis", "AudioCodecs", "BotProtocol", "PCM", "RTP", "Timekeeping"]),
        room(
            "MediaPlane", in: "Calls",
            uses: [
                "Addressing", "AudioFiles", "BotDialects", "BotProtocol", "BotTransports", "CallAudio", "CLinux", "PCM",
                "Reactor", "RTP", "SRTP", "Timekeeping",
            ], packages: [logging]),
        room("Trunks", in: "Calls", uses: ["Addressing", "SDP", "SIPSyntax", "SIPUserAgent", "Timekeeping"]),
        room(
            "CallControl", in: "Calls",
            uses: [
                "Addressing", "AudioCodecs", "AudioFiles", "BotDialects", "BotProtocol", "BotTransports", "CallAudio",
                "JSON", "MediaPlane", "PCM", "RTP", "SDP", "SIPEndpoint", "SIPSyntax", "SIPUserAgent", "SRTP",
                "Timekeeping", "Trunks",
            ], packages: [logging]),

        // Service
        room("CallStore", in: "Service", uses: ["CallControl", "JSON", "Reactor", "Timekeeping"]),
        room(
            "Telemetry", in: "Service", uses: ["Addressing", "JSON", "SIPEndpoint", "SIPSyntax", "Timekeeping"],
            packages: [nioCore, nioPosix]),
        room(
            "ControlAPI", in: "Service",
            uses: ["BotProtocol", "CallControl", "Digests", "JSON", "SIPTransport", "Telemetry"],
            packages: [hummingbird, hummingbirdCore, httpTypes, lifecycle, logging, nioCore]),
        room(
            "Gateway", in: "Service",
            uses: [
                "Addressing", "AudioFiles", "BotDialects", "BotProtocol", "BotTransports", "CallControl", "CallStore",
                "ControlAPI", "DNS", "JSON", "MediaPlane", "PCM", "Reactor", "SDP", "SIPEndpoint", "SIPSyntax",
                "SIPTransport",
                "SIPUserAgent", "SRTP", "Telemetry", "Timekeeping", "TLS", "Trunks",
            ], packages: [yams, lifecycle, logging, nioCore, nioPosix]),

        // Tools
        room(
            "VirtualNetwork", in: "Tools",
            uses: ["Addressing", "SIPSyntax", "SIPTransaction", "SIPUserAgent", "Timekeeping"]),
        room(
            "FlowSimulator", in: "Tools",
            uses: [
                "Addressing", "AudioFiles", "CSRTP", "Digests", "PCM", "RTP", "SDP", "SIPSyntax", "SIPTransport",
                "Timekeeping",
                "TLS",
            ], packages: [nioCore, nioPosix, logging, yams]),
        .executableTarget(
            name: "trunkline",
            dependencies: [
                "AudioFiles", "BotDialects", "BotProtocol", "CallAudio", "CallControl", "ControlAPI", "FlowSimulator",
                "Gateway",
                "JSON", "MediaPlane", "Telemetry", "Timekeeping", "Trunks", argumentParser, lifecycle, unixSignals,
                logging,
            ], path: "Sources/Tools/trunkline", swiftSettings: habits),

        // Tests
        .executableTarget(
            name: "EchoBot", dependencies: ["JSON", "WebSocketFraming", nioCore, nioPosix], path: "Tests/EchoBot",
            swiftSettings: habits),
        tests("TimekeepingTests", uses: ["Timekeeping"]),
        tests("AddressingTests", uses: ["Addressing"]),
        tests("JSONTests", uses: ["JSON"]),
        tests("DigestsTests", uses: ["Digests"]),
        tests("PCMTests", uses: ["PCM"], resources: [.copy("Resources")]),
        testSupport("ThrowawayCertificates"),
        tests("TLSTests", uses: ["TLS", "Addressing", "ThrowawayCertificates"]),
        tests("ReactorTests", uses: ["Reactor", "CLinux", "Timekeeping"]),
        tests("DNSTests", uses: ["Addressing", "DNS", "Timekeeping"]),
        tests("SIPSyntaxTests", uses: ["SIPSyntax", "Addressing"], resources: [.copy("Resources")]),
        tests("SDPTests", uses: ["SDP", "Addressing"], resources: [.copy("Resources")]),
        tests("SIPTransactionTests", uses: ["SIPTransaction", "SIPSyntax", "Addressing", "Timekeeping"]),
        tests("SIPTransportTests", uses: ["SIPTransport", "SIPSyntax", "Addressing", "CLinux", "DNS", "Timekeeping"]),
        tests("SIPEndpointTests", uses: ["SIPEndpoint", "SIPSyntax", "Timekeeping"]),
        tests(
            "SIPUserAgentTests",
            uses: ["SIPUserAgent", "SIPTransaction", "SIPSyntax", "Addressing", "Timekeeping"],
            resources: [.copy("Resources")]),
        tests(
            "CallFlowTests",
            uses: ["VirtualNetwork", "SIPUserAgent", "SIPTransaction", "SIPSyntax", "Addressing", "Timekeeping"],
            resources: [.copy("Ladders")]),
        tests("RTPTests", uses: ["RTP", "Timekeeping"], resources: [.copy("Resources")]),
        tests("SRTPTests", uses: ["SRTP", "CSRTP"], resources: [.copy("Resources")]),
        tests("AudioCodecsTests", uses: ["AudioCodecs", "PCM"]),
        tests("AudioAnalysisTests", uses: ["AudioAnalysis", "PCM"]),
        tests("AudioFilesTests", uses: ["AudioFiles", "PCM", "Timekeeping"]),
        tests("BotProtocolTests", uses: ["BotProtocol", "PCM", "Timekeeping"]),
        tests("WebSocketFramingTests", uses: ["WebSocketFraming"], resources: [.copy("Resources")]),
        tests("BotDialectsTests", uses: ["BotDialects", "BotProtocol", "JSON", "PCM", "Timekeeping"]),
        tests(
            "BotTransportsTests",
            uses: [
                "Addressing", "BotTransports", "BotProtocol", "Reactor", "CLinux", "WebSocketFraming", "Timekeeping",
            ]),
        tests(
            "CallAudioTests",
            uses: ["CallAudio", "AudioCodecs", "Addressing", "BotProtocol", "PCM", "RTP", "Timekeeping"]),
        tests(
            "MediaPlaneTests",
            uses: [
                "MediaPlane", "CallAudio", "Addressing", "AudioCodecs", "BotProtocol", "BotTransports", "BotDialects",
                "PCM", "RTP", "SRTP", "Timekeeping",
            ]),
        tests(
            "SpeechQualityTests",
            uses: ["Addressing", "AudioCodecs", "BotProtocol", "CallAudio", "PCM", "RTP", "Timekeeping"],
            exclude: ["requirements.txt", "score.py"]),
        tests("TrunksTests", uses: ["Addressing", "SIPSyntax", "Timekeeping", "Trunks"]),
        tests(
            "CallControlTests",
            uses: [
                "CallControl", "Trunks", "MediaPlane", "SDP", "SIPUserAgent", "SIPSyntax", "BotProtocol", "Addressing",
                "AudioFiles", "JSON", "Timekeeping",
            ]),
        tests("CallStoreTests", uses: ["CallStore", "CallControl", "BotProtocol", "JSON", "Timekeeping"]),
        tests(
            "GatewayTests",
            uses: [
                "Addressing", "BotDialects", "BotTransports", "CallControl", "Gateway", "MediaPlane", "PCM", "SDP",
                "SIPSyntax", "SIPUserAgent", "SRTP", "Telemetry", "Timekeeping", "TLS", "Trunks",
            ], packages: [logging]),
        tests(
            "TelemetryTests",
            uses: ["Addressing", "JSON", "SIPEndpoint", "SIPSyntax", "Telemetry", "Timekeeping"],
            packages: [nioCore, nioPosix]),
        tests("ControlAPITests", uses: ["BotProtocol", "CallControl", "ControlAPI", "JSON"]),
        tests("FlowSimulatorTests", uses: ["FlowSimulator", "SIPSyntax", "SDP", "Addressing", "Timekeeping"]),
        tests(
            "EndToEndTests",
            uses: [
                "Addressing", "AudioCodecs", "AudioFiles", "BotDialects", "BotProtocol", "BotTransports", "CLinux",
                "CallAudio", "CallControl", "DNS", "FlowSimulator", "Gateway", "JSON", "MediaPlane", "PCM", "RTP",
                "Reactor", "SDP", "SIPEndpoint", "SIPSyntax", "SIPTransaction", "SIPTransport", "SIPUserAgent", "SRTP",
                "TLS", "ThrowawayCertificates", "Timekeeping", "Trunks", "trunkline",
            ], packages: [logging, nioCore, nioPosix], exclude: ["Bots", "Peers"]),
        tests("ArchitectureTests", uses: []),
    ]
)
