import Addressing
import BotProtocol
import JSON
import SIPEndpoint
import SIPSyntax
import SIPUserAgent
import Testing

/// REFER out, with every way in which it can go, and keys by INFO, against a carrier that a test plays.
@Suite(.timeLimit(.minutes(2)))
struct ReferTransferTests {
    private static let bot = "--manner, transfer, --to, '\(ScriptedCarrier.newParty)'"

    private static func refer(_ event: SessionEvent) -> IncomingRefer? {
        if case .referReceived(let refer) = event { refer } else { nil }
    }

    private static func steps(_ carrier: ScriptedCarrier) -> [String] {
        CarrierBench.events(in: carrier.log).filter { $0["event"]?.asString == "transfer" }
            .compactMap { $0["step"]?.asString }
    }

    /// Accepted, told of, and done: the gateway hangs up, and the record says where the far end went.
    @Test func referThatSucceedsEndsTheCall() async throws {
        let carrier = try await ScriptedCarrier(bot: Self.bot, trunk: ["transfer: refer"])
        let (id, call) = try await carrier.order()
        try await call.answer()
        let refer = try await carrier.next(call, Self.refer)
        #expect(refer.target.sip?.user == ScriptedCarrier.newParty)
        await carrier.peer.endpoint.acceptRefer(call.session)
        await carrier.peer.endpoint.notifyRefer(call.session, SIPFragment(status: .ringing))
        await carrier.peer.endpoint.notifyRefer(call.session, SIPFragment(status: .ok))
        let end = try await carrier.bye(of: call)
        #expect(end.cause == .hungUpByPeer)
        let record = try await carrier.gateway.endedRecord(of: id)
        #expect(record["end"]?["cause"]?.asString == "transferred" && record["end"]?["by"]?.asString == "bot")
        #expect(record["transferred_to"]?.asString == ScriptedCarrier.newParty)
        #expect(Self.steps(carrier) == ["trying", "ringing", "accepted"])
        await carrier.close()
    }

    /// The new party is busy: the bot has its call back, and may try again.
    @Test func referThatFailsGivesTheCallBack() async throws {
        let carrier = try await ScriptedCarrier(bot: Self.bot, trunk: ["transfer: refer"])
        let (id, call) = try await carrier.order()
        try await call.answer()
        _ = try await carrier.next(call, Self.refer)
        await carrier.peer.endpoint.acceptRefer(call.session)
        await carrier.peer.endpoint.notifyRefer(call.session, SIPFragment(status: .busyHere))
        let failed = try await carrier.transferStep("failed")
        #expect(failed["status"]?.asInt == 486)
        let live = try await carrier.gateway.request("GET", "/v1/calls/\(id)").json
        #expect(live?["end"]?.isNull == true)
        let (status, _) = try await carrier.gateway.request(
            "POST", "/v1/calls/\(id)/transfer", body: ["to": .string(ScriptedCarrier.newParty)])
        #expect(status == 202)
        _ = try await carrier.next(call, Self.refer)
        await carrier.peer.endpoint.refuseRefer(call.session)
        await carrier.peer.endpoint.hangUp(call.session)
        _ = try await carrier.gateway.endedRecord(of: id)
        await carrier.close()
    }

    /// Refused, and the trunk allows a bridge: the gateway calls the new party itself.
    @Test func refusedReferBecomesABridge() async throws {
        let carrier = try await ScriptedCarrier(bot: Self.bot, trunk: ["transfer: referThenBridge"])
        let (_, call) = try await carrier.order()
        try await call.answer()
        _ = try await carrier.next(call, Self.refer)
        await carrier.peer.endpoint.refuseRefer(call.session)
        let leg = try await carrier.nextCall()
        #expect(leg.calledUser == ScriptedCarrier.newParty)
        try await leg.answer()
        _ = try await carrier.transferStep("accepted")
        await carrier.peer.endpoint.hangUp(call.session)
        _ = try await carrier.bye(of: leg)
        _ = try await carrier.gateway.gaugesAtRest()
        await carrier.close()
    }

    /// Two calls of ours are put together: the REFER names the other one's dialog in Replaces.
    @Test func attendedTransferNamesTheOtherDialog() async throws {
        let carrier = try await ScriptedCarrier(bot: "--manner, listen", trunk: ["transfer: refer"])
        let (first, call) = try await carrier.order()
        try await call.answer()
        let (second, other) = try await carrier.order()
        try await other.answer()
        for id in [first, second] { _ = try await carrier.gateway.record(of: id) { $0["answered"]?.asString != nil } }
        let (status, _) = try await carrier.gateway.request(
            "POST", "/v1/calls/\(first)/transfer", body: ["replaces": .string(second)])
        #expect(status == 202)
        let refer = try await carrier.next(call, Self.refer)
        #expect(refer.replaces?.callID.text == other.invite.request.headers.first(.callID)?.text)
        await carrier.peer.endpoint.acceptRefer(call.session)
        await carrier.peer.endpoint.notifyRefer(call.session, SIPFragment(status: .ok))
        _ = try await carrier.bye(of: call)
        let record = try await carrier.gateway.endedRecord(of: first)
        #expect(record["end"]?["cause"]?.asString == "transferred" && record["end"]?["by"]?.asString == "operator")
        await carrier.peer.endpoint.hangUp(other.session)
        _ = try await carrier.gateway.endedRecord(of: second)
        await carrier.close()
    }

    /// The far end asks for a call: declined, unless the trunk allows it; then the new call has the same bot.
    @Test(arguments: [false, true]) func referOfTheFarEnd(isAccepted: Bool) async throws {
        let carrier = try await ScriptedCarrier(
            bot: "--manner, listen", trunk: ["transfer: {acceptFromPeer: \(isAccepted)}"])
        let (_, call) = try await carrier.order()
        try await call.answer()
        _ = try await CarrierBench.event("answered", in: carrier.log)
        let uri = try SIPURI(
            user: ScriptedCarrier.newParty, host: .ip(.loopback), parameters: Parameters())
        await carrier.peer.endpoint.refer(call.session, OutgoingRefer(target: .uri(.sip(uri))))
        if isAccepted {
            let asked = try await carrier.nextCall()
            #expect(asked.calledUser == ScriptedCarrier.newParty)
            try await asked.answer()
            let outcome = try await carrier.next(call) { event -> ReferralOutcome? in
                if case .referral(.ended(let outcome)) = event { outcome } else { nil }
            }
            guard case .succeeded = outcome else {
                Issue.record("the far end was told \(outcome)")
                return
            }
            await carrier.peer.endpoint.hangUp(asked.session)
        } else {
            let outcome = try await carrier.next(call) { event -> ReferralOutcome? in
                if case .referral(.ended(let outcome)) = event { outcome } else { nil }
            }
            guard case .refused(let response) = outcome else {
                Issue.record("the far end was told \(outcome)")
                return
            }
            #expect(response.status == .decline)
        }
        await carrier.peer.endpoint.hangUp(call.session)
        _ = try await carrier.gateway.gaugesAtRest()
        await carrier.close()
    }

    // MARK: Keys by INFO

    @Test func keysGoAndComeByInfo() async throws {
        let carrier = try await ScriptedCarrier(bot: "--manner, press", trunk: ["dtmf: info"])
        let (id, call) = try await carrier.order()
        #expect(!String(decoding: try #require(call.invite.offer), as: UTF8.self).contains("telephone-event"))
        try await call.answer()
        var keys = ""
        while keys.count < 3 {
            keys.append(
                try await carrier.next(call) { event -> Character? in
                    if case .info(.digit(let body)) = event { body.digit } else { nil }
                })
        }
        #expect(keys == "12#")
        await carrier.peer.endpoint.sendInfo(
            call.session, OutgoingInfo(try DTMFBody(digit: "7", duration: .milliseconds(160))))
        let pressed = try await CarrierBench.event("dtmf", in: carrier.log)
        #expect(pressed["digit"]?.asString == "7" && pressed["duration_ms"]?.asInt == 160)
        await carrier.peer.endpoint.hangUp(call.session)
        let record = try await carrier.gateway.endedRecord(of: id)
        #expect(record["media"]?["digits_sent"]?.asString == "12#")
        #expect(record["media"]?["digits_received"]?.asString == "7")
        await carrier.close()
    }

    /// Where telephone events were agreed an INFO is answered and presses nothing: the far end sends both for one key.
    @Test func anInfoBesideTelephoneEventsPressesNothing() async throws {
        let carrier = try await ScriptedCarrier(bot: "--manner, listen")
        let (id, call) = try await carrier.order()
        try await call.answer()
        _ = try await CarrierBench.event("answered", in: carrier.log)
        await carrier.peer.endpoint.sendInfo(call.session, OutgoingInfo(try DTMFBody(digit: "7")))
        let outcome = try await carrier.next(call) { event -> InfoOutcome? in
            if case .infoAnswered(let outcome) = event { outcome } else { nil }
        }
        guard case .answered(let response) = outcome else {
            Issue.record("the INFO was not answered")
            return
        }
        #expect(response.status == .ok)
        try await call.talk(for: .milliseconds(300))
        await carrier.peer.endpoint.hangUp(call.session)
        let record = try await carrier.gateway.endedRecord(of: id)
        #expect(record["media"]?["digits_received"]?.asString == "")
        await carrier.close()
    }
}
