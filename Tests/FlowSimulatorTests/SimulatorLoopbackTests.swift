import Addressing
import FlowSimulator
import Foundation
import Testing
import Timekeeping

/// Whole simulators on loopback: one in a customer's manner calls another.
@Suite(.serialized, .timeLimit(.minutes(2))) struct SimulatorLoopbackTests {
    private static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

    /// A caller that waits for the menu, presses 2, speaks, and hangs up.
    private static let caller = """
        flow:
          start: wait
          steps:
            wait: {listen: 300ms, next: press}
            press: {press: "2", next: speak}
            speak: {say: bot-message, next: end}
            end: {hangup: 16}
        """

    private static let ivr = """
        edge: {exophones: ["+918000000001"], ringing: 50ms, listen: {udp: 0, tcp: 0, tls: 0}}
        flow:
          start: menu
          steps:
            menu:
              gather: {prompt: welcome-menu, digits: 1, timeout: 3s, branches: {"2": ask}}
            ask: {say: goodbye, next: message}
            message: {listen: 20s}
        """

    private final class Folder {
        let path = NSTemporaryDirectory() + "simulator-\(UUID().uuidString)"
        deinit { try? FileManager.default.removeItem(atPath: self.path) }
    }

    private static func configuration(_ yaml: String, _ folder: Folder) throws -> SimulatorConfiguration {
        var configuration = try SimulatorConfiguration(
            yaml: yaml, file: "flow.yaml", promptsDirectory: Self.root + "/prompts")
        configuration.tlsDirectory = folder.path + "/tls"
        if configuration.edge.listeners.isEmpty {
            configuration.edge.listeners = [SimulatorListener(.udp, port: 0)]
            configuration.edge.gatewayAuthorityFile = folder.path + "/tls/ca.pem"
        }
        return configuration
    }

    private static func order(
        to address: TransportAddress?, over transport: SimulatorListener.Transport
    ) throws -> PlacedCall {
        var order = PlacedCall(
            to: "+918000000001", from: "+919000000002", peer: try #require(address), over: transport)
        order.manner = .customer
        order.serverName = "pstn.in2.exotel.com"
        return order
    }

    /// The demonstration's call over each transport: the digit arrives, speech is heard both ways, nothing is lost.
    @Test(arguments: SimulatorListener.Transport.allCases)
    func aCallerWalksThroughTheFlow(transport: SimulatorListener.Transport) async throws {
        let folder = Folder()
        var configuration = try Self.configuration(Self.ivr, folder)
        configuration.reportsDirectory = folder.path + "/reports"
        let edge = Simulator(configuration: configuration)
        let addresses = try await edge.start()
        let caller = Simulator(configuration: try Self.configuration(Self.caller, folder))
        _ = try await caller.start()
        let callID = try await caller.placeCall(Self.order(to: addresses.address(of: transport), over: transport))
        let placed = try #require(await caller.report(ofCall: callID))
        let report = try #require(await edge.report(ofCall: callID))
        #expect(report.status == 200)
        #expect(report.digitText == "2")
        #expect(report.steps.map(\.name) == ["menu", "ask", "message"])
        #expect(report.rules.filter { !$0.passed }.isEmpty)
        #expect(report.endedBy == .gateway)
        #expect(report.media?.packetsLost == 0)
        #expect(report.media?.srtpSuite == (transport == .tls ? "AES_CM_128_HMAC_SHA1_80" : nil))
        #expect(try #require(report.media).packetsReceived > 100)
        #expect(try #require(report.heard?.speechLevelInDBFS) > -30)
        #expect(placed.media?.packetsLost == 0)
        #expect(placed.endedBy == .simulator)
        #expect(try #require(placed.heard?.speechLevelInDBFS) > -30)
        try Self.checkFiles(of: report, in: folder.path + "/reports")
        await caller.shutdown()
        #expect(await edge.gauges.sockets == 0)
        await edge.shutdown()
    }

    private static func checkFiles(of report: CallReport, in directory: String) throws {
        let recording = try #require(report.recording)
        let wave = try Data(contentsOf: URL(fileURLWithPath: directory + "/" + recording))
        #expect(wave.count > 44 + report.durationInMilliseconds * 8 * 4 * 8 / 10)
        let json = directory + "/" + recording.replacingOccurrences(of: ".wav", with: ".json")
        let written = try JSONDecoder().decode(CallReport.self, from: Data(contentsOf: URL(fileURLWithPath: json)))
        #expect(written == report)
    }
}
