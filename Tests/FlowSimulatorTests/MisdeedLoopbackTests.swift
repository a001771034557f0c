import FlowSimulator
import Testing
import Timekeeping

/// Misdeeds in whole calls on loopback; the caller is a second simulator, which knows no more than a plain phone.
@Suite(.timeLimit(.minutes(1))) struct MisdeedLoopbackTests {
    private static func call(
        _ misbehave: String, over transport: SimulatorListener.Transport = .tcp
    ) async throws -> (edge: CallReport, caller: CallReport) {
        let pair = try await SimulatorPair(edge: SimulatorPair.listeningEdge + "\nmisbehave: {\(misbehave)}")
        let reports = try await pair.call(over: transport)
        await pair.shutdown()
        return reports
    }

    @Test func earlyMediaComesBeforeTheAnswer() async throws {
        let (edge, caller) = try await Self.call("earlyMedia: 300ms")
        #expect(edge.messagesSent["183 INVITE"] == 1)
        #expect(edge.messagesSent["180 INVITE"] == nil)
        #expect(edge.misdeeds.map(\.what) == ["183"])
        #expect(caller.status == 200)
        // The caller's sockets are open before its INVITE, and its leg only at the 200.
        #expect(try #require(edge.media).packetsSent > 15)
        #expect(edge.endedBy == .gateway)
    }

    @Test func theHoldStopsTheCallersMedia() async throws {
        let (edge, caller) = try await Self.call("hold: {after: 200ms, for: 300ms}")
        #expect(
            edge.misdeeds.filter { $0.by == .gateway }.map(\.what) == ["200 to the re-INVITE", "200 to the re-INVITE"])
        #expect(edge.messagesSent["INVITE"] == 2)
        #expect(edge.messagesSent["ACK"] == 2)
        #expect(caller.messagesSent["200 INVITE"] == 2)
    }

    @Test func aReinviteWithoutAnOfferIsRefusedByThePlainPhone() async throws {
        let (edge, _) = try await Self.call("hold: {after: 200ms, direction: offerless}")
        #expect(edge.misdeeds.first?.what == "re-INVITE without an offer")
        #expect(edge.misdeeds.last?.what.hasSuffix("to the re-INVITE") == true)
    }

    @Test(arguments: [SimulatorListener.Transport.udp, .tcp])
    func aLostACKBringsThe200Again(transport: SimulatorListener.Transport) async throws {
        let (edge, _) = try await Self.call("repeats: {lostACKs: 1}", over: transport)
        #expect(edge.messagesSent["200 INVITE"] == 2)
        #expect(edge.messagesReceived["ACK"] == 2)
        #expect(edge.misdeeds.map(\.by) == [.gateway, .simulator, .gateway])
    }

    /// A phone without credentials gives up, and the report says so.
    @Test func aChallengeIsNotAnswered() async throws {
        let pair = try await SimulatorPair(edge: SimulatorPair.listeningEdge + "\nmisbehave: {challenge: 407}")
        let (edge, caller) = try await pair.call(over: .tcp)
        #expect(caller.status == 407)
        #expect(edge.end == "no further INVITE came after 407")
        #expect(edge.misdeeds.map(\.what) == ["INVITE without credentials", "407, try 1"])
        #expect(await pair.edge.gauges.calls == 0)
        await pair.shutdown()
    }

    @Test func theEdgeHangsUpAfterItsTime() async throws {
        let (edge, caller) = try await Self.call("bye: 300ms")
        #expect(edge.endedBy == .simulator)
        #expect(caller.endedBy == .gateway)
    }

    @Test func theBadNetworkIsSeenAtTheOtherEnd() async throws {
        let (edge, caller) = try await Self.call("network: {loss: 20, way: sent, seed: 3}")
        let dropped = try #require(edge.networkSent).dropped
        #expect(dropped > 0)
        #expect(try #require(caller.media).packetsLost > 0)
        #expect(try #require(caller.media).packetsLost <= dropped)
        #expect(edge.networkReceived == nil)
    }

    @Test func anotherSSRCIsNoLoss() async throws {
        let (edge, caller) = try await Self.call("media: {newSSRCAfter: 300ms, pauseAfter: 500ms, pause: 200ms}")
        #expect(edge.misdeeds.map(\.what) == ["another SSRC", "media paused", "media resumed"])
        #expect(caller.media?.packetsLost == 0)
    }

    @Test func aRefusalIsWordedAsOrdered() async throws {
        let (edge, caller) = try await Self.call(
            "refuse: {status: 480, reason: Nobody home, errorCode: 4009, cause: 20, on: tcp}")
        #expect(edge.status == 480)
        #expect(caller.statusReason == "Nobody home")
        #expect(caller.answerHeaders.contains(CallReport.Header(name: "X-Exotel-ErrorCode", value: "4009")))
        #expect(caller.reasonHeader == "Q.850;cause=20")
    }
}
