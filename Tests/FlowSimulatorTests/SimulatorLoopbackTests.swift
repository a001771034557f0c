import FlowSimulator
import Foundation
import Testing

/// Whole simulators on loopback: one in a customer's manner calls another.
@Suite(.timeLimit(.minutes(2))) struct SimulatorLoopbackTests {
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

    /// The demonstration's call over each transport: the digit arrives, speech is heard both ways, nothing is lost.
    @Test(arguments: SimulatorListener.Transport.allCases)
    func aCallerWalksThroughTheFlow(transport: SimulatorListener.Transport) async throws {
        let pair = try await SimulatorPair(edge: Self.ivr, caller: Self.caller, writesReports: true)
        let (report, placed) = try await pair.call(over: transport)
        #expect(report.status == 200)
        #expect(report.digitText == "2")
        #expect(report.steps.map(\.name) == ["menu", "ask", "message"])
        #expect(report.steps.first?.entry == "2")
        #expect(report.rules.filter { !$0.passed }.isEmpty)
        #expect(report.endedBy == .gateway)
        #expect(report.media?.packetsLost == 0)
        #expect(report.media?.srtpSuite == (transport == .tls ? "AES_CM_128_HMAC_SHA1_80" : nil))
        #expect(try #require(report.media).packetsReceived > 100)
        #expect(try #require(report.heard?.speechLevelInDBFS) > -30)
        #expect(placed.media?.packetsLost == 0)
        #expect(placed.endedBy == .simulator)
        #expect(try #require(placed.heard?.speechLevelInDBFS) > -30)
        try Self.checkFiles(of: report, in: pair.folder + "/reports")
        await pair.shutdown()
    }

    private static func checkFiles(of report: CallReport, in directory: String) throws {
        let recording = try #require(report.recording)
        let wave = try Data(contentsOf: URL(fileURLWithPath: directory + "/" + recording))
        #expect(wave.count > 44 + report.durationInMilliseconds * 8 * 4 * 8 / 10)
        let json = directory + "/" + recording.replacingOccurrences(of: ".wav", with: ".json")
        let written = try JSONDecoder().decode(CallReport.self, from: Data(contentsOf: URL(fileURLWithPath: json)))
        #expect(written == report)
    }

    /// Calls at once, over one TLS connection: all set up, nothing lost, everything given back.
    @Test func manyCallsAtOnce() async throws {
        let edge = SimulatorPair.listeningEdge.replacingOccurrences(of: "udp: 0", with: "tls: 0")
        let pair = try await SimulatorPair(edge: edge)
        for _ in 0..<20 { _ = try await pair.place(over: .tls) }
        let reports = await pair.edge.reports(atLeast: 20)
        let unsound = reports.filter { $0.status != 200 || $0.media?.packetsLost != 0 }
        #expect(unsound == [])
        let unsoundAtTheCaller = await pair.caller.reports(atLeast: 20).filter { $0.media?.packetsLost != 0 }
        #expect(unsoundAtTheCaller == [])
        let gauges = await pair.edge.gauges
        #expect(gauges.calls == 0)
        #expect(gauges.sockets == 0)
        #expect(gauges.ended == 20)
        await pair.shutdown()
    }

    /// What an Exotel edge sends to a gateway: its own headers and a bare Record-Route.
    @Test func theEdgeCallsInItsOwnManner() async throws {
        let pair = try await SimulatorPair()
        let (report, caller) = try await pair.call(over: .udp) { order in
            order.manner = .edge
            order.headers = [CallReport.Header(name: "X-lang", value: "hi")]
        }
        let headers = Dictionary(report.headers.map { ($0.name.lowercased(), $0.value) }) { first, _ in first }
        #expect(headers["record-route"]?.hasPrefix("sip:127.0.0.1:") == true)
        #expect(headers["record-route"]?.hasSuffix(";transport=udp;lr") == true)
        #expect(headers["x-exotel-callsid"] != nil)
        #expect(headers["x-exotel-legsid"] != nil)
        #expect(headers["x-exotel-trunksid"] != nil)
        #expect(headers["x-lang"] == "hi")
        #expect(headers["p-asserted-identity"] == "<sip:+919000000002@exotelt.pstn.exotel.com>")
        // To the other edge these are reserved, and the account is missing.
        #expect(report.status == 400)
        #expect(report.rules.filter { !$0.passed }.map(\.rule) == [.reservedHeaders, .accountSid])
        #expect(caller.statusReason?.contains("X-Exotel-CallSid") == true)
        await pair.shutdown()
    }

    @Test func shutdownHangsUp() async throws {
        let pair = try await SimulatorPair(caller: "flow: {start: a, steps: {a: {listen: 60s}}}")
        let callID = try await pair.place(over: .tcp)
        while await pair.caller.gauges.sockets == 0 { try await Task.sleep(for: .milliseconds(10)) }
        try await Task.sleep(for: .milliseconds(300))
        await pair.edge.shutdown()
        let report = try #require(await pair.caller.report(ofCall: callID))
        #expect(report.endedBy == .gateway)
        #expect(report.reasonHeader == "Q.850;cause=31;text=\"the simulator was shut down\"")
        await pair.shutdown()
    }

    @Test(arguments: ["1234", "+91 800", "sip:x"])
    func onlyNumbersAreCalled(number: String) {
        #expect(throws: SimulatorError.self) {
            try PlacedCall(to: number, from: "+919000000002", peer: "tcp:127.0.0.1:1")
        }
    }

    @Test(arguments: [
        "tcp:127.0.0.1", "sctp:127.0.0.1:5060", "tcp:localhost:5060", "127.0.0.1:5060", "tcp:127.0.0.1:0",
    ])
    func peersAreAddresses(peer: String) {
        #expect(throws: SimulatorError.self) { try PlacedCall(to: "+918000000001", from: "+919000000002", peer: peer) }
    }

    @Test func aHeaderThatWouldEndItsLineIsRefused() async throws {
        let pair = try await SimulatorPair()
        await #expect(throws: SimulatorError.self) {
            _ = try await pair.place(over: .udp) { $0.headers = [CallReport.Header(name: "X-a", value: "b\r\nX-c: d")] }
        }
        await pair.shutdown()
    }

    // MARK: Starting

    @Test func whatIsMissingIsTold() async throws {
        var configuration = try SimulatorConfiguration(
            yaml: SimulatorPair.speakingCaller, file: "flow.yaml", promptsDirectory: SimulatorPair.root + "/prompts")
        await #expect(throws: SimulatorError.noListener) { try await Simulator(configuration: configuration).start() }
        configuration.edge.listeners = [SimulatorListener(.tls, port: 0)]
        await #expect(throws: SimulatorError.tlsDirectoryMissing) {
            try await Simulator(configuration: configuration).start()
        }
        configuration.edge.listeners = [SimulatorListener(.udp, port: 0)]
        configuration.flow.steps[StepName("speak")] = .say(.init(prompt: "nothing", next: nil))
        await #expect(throws: SimulatorError.self) { try await Simulator(configuration: configuration).start() }
        await #expect(throws: SimulatorError.notRunning) {
            let order = try PlacedCall(to: "+918000000001", from: "+919000000002", peer: "udp:127.0.0.1:5060")
            _ = try await Simulator(configuration: configuration).placeCall(order)
        }
    }
}
