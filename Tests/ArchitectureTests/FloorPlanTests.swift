import Foundation
import Testing

/// Holds the code to docs/architecture.md: who may import whom, and what may not be said where.
@Suite struct FloorPlanTests {
    private let plan: FloorPlan

    init() throws {
        self.plan = try FloorPlan()
    }

    /// Rooms whose machines run in virtual time: bytes, commands and `now` in, actions out.
    private static let sansIO: Set = [
        "Timekeeping", "Addressing", "JSON", "PCM", "SIPSyntax", "SDP", "SIPTransaction", "SIPUserAgent", "RTP",
        "AudioAnalysis",
        "BotProtocol", "WebSocketFraming", "BotDialects", "CallAudio", "VirtualNetwork",
    ]

    @Test func theManifestIsUnderstood() {
        #expect(self.plan.rooms.count > 25)
        #expect(self.plan.rooms.contains { $0.name == "SIPUserAgent" && $0.uses.contains("SIPTransaction") })
        #expect(self.plan.testTargets.contains("ArchitectureTests"))
    }

    @Test func everyRoomHasContentAndEveryFolderIsARoom() throws {
        for room in self.plan.rooms
        where !room.name.hasPrefix("C") || room.name == "CallAudio" || room.name == "CallControl" {
            #expect(try !self.plan.swiftFiles(in: room.folder).isEmpty, "\(room.name) is an empty shell")
        }
        let known = Set(self.plan.rooms.map(\.folder))
        for floor in try FileManager.default.contentsOfDirectory(
            atPath: self.plan.root.appending(path: "Sources").path())
        {
            let folder = self.plan.root.appending(path: "Sources/\(floor)").path()
            for room in try FileManager.default.contentsOfDirectory(atPath: folder) where !room.hasPrefix(".") {
                #expect(known.contains("Sources/\(floor)/\(room)"), "Sources/\(floor)/\(room) is not on the floor plan")
            }
        }
    }

    @Test func roomsUseOnlyWhatStandsAboveThem() {
        var above: Set<String> = []
        for room in self.plan.rooms {
            for used in room.uses {
                #expect(above.contains(used), "\(room.name) uses \(used), which does not stand above it")
            }
            above.insert(room.name)
        }
    }

    @Test func filesImportOnlyWhatTheirRoomNames() throws {
        let names = Set(self.plan.rooms.map(\.name))
        for room in self.plan.rooms {
            for file in try self.plan.swiftFiles(in: room.folder) {
                for imported in FloorPlan.imports(of: file.text) where names.contains(imported) {
                    #expect(room.uses.contains(imported), "\(file.name) imports \(imported)")
                }
            }
        }
    }

    @Test func roomsNameNothingThatTheyDoNotImport() throws {
        for room in self.plan.rooms where room.name != "trunkline" {
            let files = try self.plan.swiftFiles(in: room.folder)
            guard !files.isEmpty else { continue }
            let imported = Set(files.flatMap { FloorPlan.imports(of: $0.text) })
            for used in room.uses where !imported.contains(used) {
                Issue.record("\(room.name) names \(used) in Package.swift but imports it nowhere")
            }
        }
    }

    @Test func sansIORoomsTouchNoOutsideWorld() throws {
        let banned: Set = [
            "Foundation", "FoundationEssentials", "Glibc", "Dispatch", "NIOCore", "NIOPosix", "Logging",
            "Synchronization",
            "CLinux", "COpenSSL", "Reactor",
        ]
        let words = [
            "Task {", "Task.sleep", "await ", "ContinuousClock", "SuspendingClock", "SystemRandomNumberGenerator",
            "DispatchQueue", "Thread.", "print(",
        ]
        for room in self.plan.rooms where Self.sansIO.contains(room.name) {
            for file in try self.plan.swiftFiles(in: room.folder) {
                for imported in FloorPlan.imports(of: file.text) {
                    #expect(!banned.contains(imported), "\(file.name) imports \(imported)")
                }
                let code = FloorPlan.codeOnly(file.text)
                for word in words { #expect(!code.contains(word), "\(file.name) says \(word)") }
                for call in code.matches(of: /\.random\(in: [^()]*(?:\([^()]*\)[^()]*)*\)/) {
                    #expect(call.0.contains("using:"), "\(file.name) draws from the system's generator: \(call.0)")
                }
            }
        }
    }

    /// Keys, tags and nonces come from the system; only tests and the virtual network may repeat themselves.
    @Test func noSeededGeneratorOutsideTests() throws {
        for room in self.plan.rooms where room.name != "VirtualNetwork" {
            for file in try self.plan.swiftFiles(in: room.folder) {
                let code = FloorPlan.codeOnly(file.text)
                #expect(
                    !code.contains(/: *(?:Swift\.)?RandomNumberGenerator *(?:,[^{]*)?\{/),
                    "\(file.name) makes a generator")
                #expect(!code.contains(/seed(ed)?:/), "\(file.name) seeds something")
            }
        }
    }

    @Test func tasksStartOnlyWhereCallsAndServicesLive() throws {
        let allowed: Set = ["Gateway", "ControlAPI", "CallControl", "FlowSimulator", "trunkline"]
        for room in self.plan.rooms where !allowed.contains(room.name) {
            for file in try self.plan.swiftFiles(in: room.folder) {
                #expect(
                    !FloorPlan.codeOnly(file.text).contains(/\bTask(\.detached)? *\{/), "\(file.name) starts a task")
            }
        }
    }

    /// House style: each use of an unchecked promise is explained by a decision record that names the file.
    @Test func uncheckedPromisesHaveADecisionRecord() throws {
        let decisions = self.plan.root.appending(path: "docs/decisions")
        let records = try FileManager.default.contentsOfDirectory(at: decisions, includingPropertiesForKeys: nil)
            .map { try String(contentsOf: $0, encoding: .utf8) }.joined()
        for room in self.plan.rooms {
            for file in try self.plan.swiftFiles(in: room.folder) {
                let code = FloorPlan.codeOnly(file.text)
                for promise in ["@unchecked Sendable", "nonisolated(unsafe)", "DispatchQueue", "@preconcurrency"]
                where code.contains(promise) {
                    let name = URL(filePath: file.name).lastPathComponent
                    #expect(records.contains(name), "\(file.name) says \(promise) and no decision record names it")
                }
            }
        }
    }

    @Test func unsafeCodeStaysWhereCIsMet() throws {
        let allowed: Set = [
            "SRTP", "Digests", "PCM", "AudioCodecs", "AudioFiles", "TLS", "DNS", "Reactor", "BotTransports",
            "MediaPlane",
            "SIPTransport", "SIPEndpoint", "FlowSimulator", "CallStore", "Gateway", "trunkline",
        ]
        for room in self.plan.rooms where !allowed.contains(room.name) {
            for file in try self.plan.swiftFiles(in: room.folder) {
                #expect(
                    !FloorPlan.codeOnly(file.text).contains(/\bunsafe\b|Unsafe\w*Pointer/), "\(file.name) is unsafe")
            }
        }
    }

    @Test func theSimulatorSharesNoMachineWithTheGateway() throws {
        let simulator = try #require(self.plan.rooms.first { $0.name == "FlowSimulator" })
        for shared in [
            "SIPTransaction", "SIPUserAgent", "SIPEndpoint", "SRTP", "CallAudio", "MediaPlane", "CallControl",
        ] {
            #expect(!simulator.uses.contains(shared))
        }
    }

    @Test func filesAreOfAReadableLength() throws {
        for folder in self.plan.rooms.map(\.folder) + self.plan.testTargets.map({ "Tests/\($0)" }) {
            for file in try self.plan.swiftFiles(in: folder) {
                let count = file.text.split(separator: "\n", omittingEmptySubsequences: false).count
                #expect(count <= 501, "\(file.name) has \(count) lines: look for the second idea")
            }
        }
    }

    @Test func crashesAndLeftoversStayOut() throws {
        for room in self.plan.rooms {
            for file in try self.plan.swiftFiles(in: room.folder) {
                let code = FloorPlan.codeOnly(file.text)
                for word in ["try!", "as! ", "fatalError("] {
                    #expect(!code.contains(word), "\(file.name) says \(word)")
                }
                for word in ["TODO", "FIXME"] { #expect(!file.text.contains(word), "\(file.name) says \(word)") }
            }
        }
    }
}
