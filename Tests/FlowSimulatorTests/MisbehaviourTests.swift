import Addressing
import FlowSimulator
import Foundation
import Testing
import Timekeeping

/// What goes wrong on order, and what the gate refuses, seen from the caller's side.
@Suite(.timeLimit(.minutes(1))) struct MisbehaviourTests {
    private static func edge(_ misbehave: String) -> String {
        SimulatorPair.listeningEdge + "\nmisbehave: {\(misbehave)}"
    }

    /// The first call is refused with Retry-After, the second is answered.
    @Test func refusesTheFirstCalls() async throws {
        let pair = try await SimulatorPair(edge: Self.edge("refuse: {status: 503, first: 1, retryAfter: 3s}"))
        let (refused, caller) = try await pair.call(over: .tcp)
        #expect(refused.status == 503)
        #expect(refused.endedBy == .simulator)
        #expect(caller.status == 503)
        #expect(caller.statusReason == "Service Unavailable")
        #expect(caller.answerHeaders.contains(CallReport.Header(name: "Retry-After", value: "3")))
        #expect(caller.endedBy == .gateway)
        #expect(try await pair.call(over: .tcp).edge.status == 200)
        await pair.shutdown()
    }

    /// Told anew while it runs, the simulator counts anew.
    @Test func misbehavesOnOrder() async throws {
        let pair = try await SimulatorPair()
        var misbehaviour = Misbehaviour()
        misbehaviour.refusal = Misbehaviour.Refusal(status: 486)
        try await pair.edge.misbehave(misbehaviour)
        for _ in 0..<2 { #expect(try await pair.call(over: .udp).caller.status == 486) }
        try await pair.edge.misbehave(Misbehaviour())
        #expect(try await pair.call(over: .udp).caller.status == 200)
        await pair.shutdown()
    }

    @Test(arguments: [SimulatorListener.Transport.udp, .tcp])
    func ringsAndNeverAnswers(transport: SimulatorListener.Transport) async throws {
        let pair = try await SimulatorPair(edge: Self.edge("noAnswer: true"))
        let (edge, caller) = try await pair.call(over: transport) { $0.ringingMax = .milliseconds(300) }
        #expect(edge.endedBy == .gateway)
        #expect(edge.end == "cancelled before the answer")
        #expect(edge.ladder.map(\.message).contains("180 Ringing (INVITE)"))
        #expect(caller.status == 487)
        #expect(caller.endedBy == .simulator)
        #expect(await pair.edge.gauges.sockets == 0)
        await pair.shutdown()
    }

    /// Record-Route says TCP, Contact says TLS: the call lives, and its ACK and BYE come by the TCP connection.
    @Test func recordRouteAndContactDisagree() async throws {
        let pair = try await SimulatorPair(edge: Self.edge("recordRouteTCPContactTLS: true"))
        let (edge, caller) = try await pair.call(over: .tcp)
        #expect(edge.status == 200)
        #expect(edge.endedBy == .gateway)
        #expect(edge.media?.packetsLost == 0)
        let acknowledgement = try #require(edge.ladder.first { $0.message.hasPrefix("ACK") })
        #expect(acknowledgement.message.hasSuffix(";transport=tls"))
        #expect(caller.endedBy == .simulator)
        await pair.shutdown()
    }

    /// The call beyond the rate gets 503, Retry-After and the code of the rate; none before it does.
    @Test func theRateIsHeld() async throws {
        let edge = SimulatorPair.listeningEdge.replacingOccurrences(of: "edge: {", with: "edge: {callsPerMinute: 2, ")
        let pair = try await SimulatorPair(edge: edge)
        #expect(try await pair.call(over: .tcp).caller.status == 200)
        #expect(try await pair.call(over: .tcp).caller.status == 200)
        let (report, caller) = try await pair.call(over: .tcp)
        #expect(report.status == 503)
        #expect(caller.statusReason == "More than 2 calls came within 60 s")
        #expect(caller.answerHeaders.contains(CallReport.Header(name: "X-Exotel-ErrorCode", value: "4029")))
        #expect(caller.answerHeaders.map(\.name).contains("Retry-After"))
        await pair.shutdown()
    }

    /// The rules, end to end: status and sentence reach the caller.
    @Test func aBrokenRuleIsAnswered() async throws {
        let pair = try await SimulatorPair()
        let (edge, caller) = try await pair.call(over: .udp) { order in
            order.headers = [CallReport.Header(name: "X-Exotel-AccountSid", value: "somebody")]
        }
        #expect(edge.rules.filter { !$0.passed }.map(\.rule) == [.accountSid])
        #expect(caller.status == 403)
        #expect(caller.answerHeaders.contains(CallReport.Header(name: "X-Exotel-ErrorCode", value: "4001")))
        #expect(caller.statusReason == "X-Exotel-AccountSid is not the account of this trunk")
        await pair.shutdown()
    }

    /// What the parser refuses is answered too, with the code and the sentence; what belongs to no call as well.
    @Test(arguments: [
        ("INVITE", "", "SIP/2.0 400 The Call-ID header field is missing", "4000"),
        ("OPTIONS", "Call-ID: a\\r\\n", "SIP/2.0 200 OK", "Allow: INVITE, ACK, CANCEL, OPTIONS, BYE, INFO"),
        ("REGISTER", "Call-ID: a\\r\\n", "SIP/2.0 405 Method Not Allowed", "Allow: "),
        ("CANCEL", "Call-ID: a\\r\\n", "SIP/2.0 481 Call/Transaction Does Not Exist", "CANCEL"),
    ])
    func messagesOfNoCall(method: String, callID: String, status: String, words: String) async throws {
        let pair = try await SimulatorPair()
        let port = try #require(pair.addresses.tcp).port
        let request =
            "\(method) sip:+918000000001@127.0.0.1 SIP/2.0\\r\\nVia: SIP/2.0/TCP 127.0.0.1;branch=z9hG4bKx\\r\\n"
            + "Max-Forwards: 70\\r\\nFrom: <sip:a@b>;tag=1\\r\\nTo: <sip:c@d>\\r\\n\(callID)CSeq: 1 \(method)\\r\\n"
            + "Content-Length: 0\\r\\n\\r\\n"
        // `read` waits by itself: a child of a test inherits a mask that may block the alarm of `timeout`.
        let script =
            "exec 3<>/dev/tcp/127.0.0.1/\(port); printf '\(request)' >&3; "
            + "while IFS= read -r -t 1 line <&3; do printf '%s\\n' \"$line\"; done"
        let answer = try Self.bash(script)
        #expect(answer.hasPrefix(status + "\r\n"), "\(answer)")
        #expect(answer.contains(words), "\(answer)")
        await pair.shutdown()
    }

    private static func bash(_ script: String) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/bash")
        process.arguments = ["-c", script]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: bytes, as: UTF8.self)
    }
}
