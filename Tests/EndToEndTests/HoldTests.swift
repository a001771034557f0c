import BotProtocol
import CallControl
import JSON
import SDP
import SIPEndpoint
import SIPSyntax
import SIPUserAgent
import Testing

/// Hold and resume, by the far end and by us, and changes of media within a call, against a carrier that a test plays.
@Suite(.timeLimit(.minutes(2)))
struct HoldTests {
    private static func accepted(_ event: SessionEvent) -> AcceptedOffer? {
        if case .offerAccepted(let accepted) = event { accepted } else { nil }
    }

    private static func offered(_ event: SessionEvent) -> IncomingOffer? {
        if case .offerReceived(let offer) = event { offer } else { nil }
    }

    private static func text(_ description: [UInt8]) -> String { String(decoding: description, as: UTF8.self) }

    /// The far end holds the call: our RTP stops, the bot is told, and nothing times out; then all goes on.
    @Test func holdByTheFarEnd() async throws {
        let carrier = try await ScriptedCarrier(
            bot: "--manner, speak, --seconds, '60', --frequency, '1000'", trunk: ["mediaTimeout: 1s"])
        let (id, call) = try await carrier.order()
        try await call.answer()
        #expect(try await call.talk(for: .seconds(1)) > 20)
        call.negotiation.direction = .sendonly
        await carrier.peer.endpoint.offer(call.session, sdp: call.negotiation.makeOffer())
        let hold = try await carrier.next(call, Self.accepted)
        #expect(Self.text(hold.answer).contains("a=recvonly"))
        try call.negotiation.accept(answer: hold.answer)
        let event = try await CarrierBench.event("hold", in: carrier.log)
        #expect(event["by"]?.asString == "remote")
        _ = try await call.packets(in: .milliseconds(200))
        // Longer than the media time-out, and nobody sends.
        #expect(try await call.packets(in: .seconds(2)) == 0)
        call.negotiation.direction = .sendrecv
        await carrier.peer.endpoint.offer(call.session, sdp: call.negotiation.makeOffer())
        let resume = try await carrier.next(call, Self.accepted)
        #expect(Self.text(resume.answer).contains("a=sendrecv"))
        try call.negotiation.accept(answer: resume.answer)
        _ = try await CarrierBench.event("resume", in: carrier.log)
        #expect(try await call.talk(for: .seconds(1)) > 30, "what the bot had queued goes on")
        await carrier.peer.endpoint.hangUp(call.session)
        let record = try await carrier.gateway.endedRecord(of: id)
        #expect(record["end"]?["cause"]?.asString == "hangup")
        let recorded = try #require(record["media"]?["recording"]?["duration_ms"]?.asInt)
        #expect(recorded > 4_000, "the recording went on through the hold")
        await carrier.close()
    }

    /// The bot holds the call and takes it back: sendonly and sendrecv go out, with one session and growing versions.
    @Test func holdByTheBot() async throws {
        let carrier = try await ScriptedCarrier(bot: "--manner, hold, --seconds, '30', --frequency, '1000'")
        let (_, call) = try await carrier.order()
        try await call.answer()
        for direction in ["sendonly", "sendrecv"] {
            let offer = try await carrier.next(call, Self.offered)
            let description = try #require(offer.offer)
            #expect(Self.text(description).contains("a=\(direction)"))
            await carrier.peer.endpoint.acceptOffer(call.session, sdp: try call.negotiation.answer(description))
            let event = try await CarrierBench.event(direction == "sendonly" ? "hold" : "resume", in: carrier.log)
            #expect(event["by"]?.asString == "local")
            // The far end hears what the bot plays, also while it is held.
            #expect(try await call.talk(for: .milliseconds(600)) > 10)
        }
        await carrier.peer.endpoint.hangUp(call.session)
        await carrier.close()
    }

    /// A far end that does not take our hold: the bot is told that it does not stand, and the call goes on.
    @Test func aRefusedHoldChangesNothing() async throws {
        let carrier = try await ScriptedCarrier(bot: "--manner, listen")
        let (id, call) = try await carrier.order()
        try await call.answer()
        _ = try await CarrierBench.event("answered", in: carrier.log)
        let (status, _) = try await carrier.gateway.request("POST", "/v1/calls/\(id)/hold")
        #expect(status == 202)
        _ = try await carrier.next(call, Self.offered)
        await carrier.peer.endpoint.refuseOffer(call.session, .notAcceptableHere)
        let event = try await CarrierBench.event("resume", in: carrier.log)
        #expect(event["by"]?.asString == "local")
        #expect(event["reason"]?.asString == "The far end answered 488 Not Acceptable Here.")
        try await call.talk(for: .milliseconds(500))
        _ = try await CarrierBench.event("heard", in: carrier.log)
        await carrier.peer.endpoint.hangUp(call.session)
        _ = try await carrier.gateway.endedRecord(of: id)
        let (late, _) = try await carrier.gateway.request("POST", "/v1/calls/\(id)/hold")
        #expect(late == 409, "a call that is over cannot be held")
        await carrier.close()
    }

    /// The far end is not ready for our hold (491), and offers something itself in the pause: it is answered by what holds,
    /// and the bot hears of its hold when the far end has taken it, which is asked again by a newer description.
    @Test func aHoldThatWaitsIsNoHoldYet() async throws {
        let carrier = try await ScriptedCarrier(bot: "--manner, listen")
        let (id, call) = try await carrier.order()
        try await call.answer()
        _ = try await CarrierBench.event("answered", in: carrier.log)
        _ = try await carrier.gateway.request("POST", "/v1/calls/\(id)/hold")
        _ = try await carrier.next(call, Self.offered)
        await carrier.peer.endpoint.refuseOffer(call.session, .requestPending)
        await carrier.peer.endpoint.offer(call.session, sdp: call.negotiation.makeOffer())
        let ours = try await carrier.next(call, Self.accepted)
        #expect(Self.text(ours.answer).contains("a=sendrecv"))
        try call.negotiation.accept(answer: ours.answer)
        #expect(!CarrierBench.events(in: carrier.log).contains { $0["event"]?.asString == "hold" })
        let again = try #require(try await carrier.next(call, Self.offered).offer)
        #expect(Self.text(again).contains("a=sendonly"))
        #expect(try Self.version(again) > Self.version(ours.answer))
        #expect(!CarrierBench.events(in: carrier.log).contains { $0["event"]?.asString == "hold" })
        await carrier.peer.endpoint.acceptOffer(call.session, sdp: try call.negotiation.answer(again))
        let event = try await CarrierBench.event("hold", in: carrier.log)
        #expect(event["by"]?.asString == "local" && event["reason"] == nil)
        await carrier.peer.endpoint.hangUp(call.session)
        _ = try await carrier.gateway.endedRecord(of: id)
        await carrier.close()
    }

    private static func version(_ description: [UInt8]) throws -> UInt64 {
        try #require(try SessionDescription(parsing: description).origin?.sessionVersion)
    }

    /// The far end asks for our offer, and moves to another port with its answer: our RTP follows.
    @Test func anOfferlessReinviteGetsOurOfferAndMovesMedia() async throws {
        let carrier = try await ScriptedCarrier(bot: "--manner, speak, --seconds, '60', --frequency, '1000'")
        let (_, call) = try await carrier.order()
        try await call.answer()
        try await call.talk(for: .milliseconds(500))
        await carrier.peer.endpoint.offer(call.session, sdp: nil)
        let owed = try await carrier.next(call) { event -> OwedAnswer? in
            if case .answerOwed(let owed) = event { owed } else { nil }
        }
        #expect(Self.text(owed.offer).contains("RTP/AVP 8 0 101"), "all that we have, not what was chosen")
        let moved = try ScriptedCall(carrier.peer, call.session, call.invite)
        await carrier.peer.endpoint.acknowledge(call.session, sdp: try moved.negotiation.answer(owed.offer))
        #expect(try await moved.talk(for: .seconds(1)) > 20)
        _ = try await call.packets(in: .milliseconds(100))
        #expect(try await call.packets(in: .milliseconds(500)) == 0)
        await carrier.peer.endpoint.hangUp(call.session)
        await carrier.close()
    }
}
