import Addressing
import BotProtocol
import CallControl
import JSON
import SIPEndpoint
import SIPSyntax
import SIPUserAgent
import Testing

/// What happens to a call before its answer, between answer and end, and why it ended, against a carrier that a test
/// plays.
@Suite(.timeLimit(.minutes(2)))
struct CallHandlingTests {
    /// 183 with a description: the bot hears the announcement before anybody answers, and the far end hears silence.
    @Test func theBotHearsEarlyMedia() async throws {
        let carrier = try await ScriptedCarrier(bot: "--manner, listen, --frequency, '1000'")
        let (id, call) = try await carrier.order()
        await carrier.peer.endpoint.progress(call.session, sdp: try call.answerDescription())
        #expect(try await call.talk(for: .seconds(2)) == 0)
        #expect(call.media.heard.count > 4_000, "comfort silence opens the way")
        let early = try await CarrierBench.event("early_media", in: carrier.log)
        #expect(early["status"]?.asInt == 183)
        _ = try await CarrierBench.event("heard", in: carrier.log)
        let events = CarrierBench.events(in: carrier.log).compactMap { $0["event"]?.asString }
        #expect(events == ["start", "early_media"])
        try await call.answer()
        _ = try await CarrierBench.event("answered", in: carrier.log)
        await carrier.peer.endpoint.hangUp(call.session)
        let record = try await carrier.gateway.endedRecord(of: id)
        #expect(record["early_media"]?.asString != nil && record["answered"]?.asString != nil)
        #expect(record["end"]?["cause"]?.asString == "hangup" && record["end"]?["by"]?.asString == "remote")
        await carrier.close()
    }

    /// 488: the same call comes again with PCMA alone, and with a higher version of its description.
    @Test func anOfferThatIsNotTakenIsNarrowed() async throws {
        let carrier = try await ScriptedCarrier(bot: "--manner, listen")
        let (id, first) = try await carrier.order()
        await carrier.peer.endpoint.reject(first.session, .notAcceptableHere)
        let second = try await carrier.nextCall()
        #expect(String(decoding: try #require(second.invite.offer), as: UTF8.self).contains("RTP/AVP 8 101"))
        #expect(second.invite.request.headers.first(.callID) == first.invite.request.headers.first(.callID))
        await carrier.peer.endpoint.reject(second.session, .notAcceptableHere)
        let record = try await carrier.gateway.endedRecord(of: id)
        #expect(record["end"]?["sip_status"]?.asInt == 488 && record["end"]?["by"]?.asString == "carrier")
        await carrier.close()
    }

    /// 302 to a number that may be called is followed; to one that may not, it ends the call and says so.
    @Test(arguments: [true, false]) func redirectsAreFollowedWithinTheAllowList(isAllowed: Bool) async throws {
        let carrier = try await ScriptedCarrier(bot: "--manner, listen", trunk: ["followRedirects: true"])
        let (id, first) = try await carrier.order()
        let number = isAllowed ? ScriptedCarrier.newParty : "+15550100"
        let contact = try HeaderValue("<sip:\(number)@127.0.0.1:\(carrier.peer.address.port)>")
        await carrier.peer.endpoint.reject(
            first.session, .movedTemporarily, headers: [Headers.Field(name: .contact, value: contact)])
        if isAllowed {
            let second = try await carrier.nextCall()
            #expect(second.calledUser == number)
            await carrier.peer.endpoint.reject(second.session, .busyHere)
        }
        let record = try await carrier.gateway.endedRecord(of: id)
        #expect(record["end"]?["cause"]?.asString == (isAllowed ? "rejected" : "redirect-limit"))
        #expect(record["end"]?["sip_status"]?.asInt == (isAllowed ? 486 : nil))
        await carrier.close()
    }

    /// The reason of a BYE is in the record, in the carrier's words and in ours; ours is in the BYE that we send.
    @Test func reasonsGoBothWays() async throws {
        let carrier = try await ScriptedCarrier(bot: "--manner, listen")
        let (id, call) = try await carrier.order()
        try await call.answer()
        _ = try await carrier.gateway.record(of: id) { $0["answered"]?.asString != nil }
        let reason = Headers.Field(
            name: .reason, value: try HeaderValue("Q.850;cause=38;text=\"Network out of order\""))
        await carrier.peer.endpoint.hangUp(call.session, headers: [reason])
        let record = try await carrier.gateway.endedRecord(of: id)
        #expect(record["end"]?["q850"]?.asInt == 38 && record["end"]?["by"]?.asString == "carrier")
        #expect(record["end"]?["reasons"]?.asArray?.first?["text"]?.asString == "Network out of order")
        #expect(record["end"]?["sentence"]?.asString?.contains("38, network out of order") == true)

        let (other, second) = try await carrier.order()
        try await second.answer()
        _ = try await carrier.gateway.record(of: other) { $0["answered"]?.asString != nil }
        _ = try await carrier.gateway.request("DELETE", "/v1/calls/\(other)")
        let end = try await carrier.bye(of: second)
        #expect(end.reasons.map(\.text) == ["Q.850;cause=16;text=\"Normal call clearing\""])
        await carrier.close()
    }

    /// The new party is called, both far ends hear each other, keys pass, and when one hangs up the other is hung up.
    @Test func aBridgeJoinsTwoFarEnds() async throws {
        let carrier = try await ScriptedCarrier(
            bot: "--manner, transfer, --to, '\(ScriptedCarrier.newParty)'", trunk: ["transfer: bridge"])
        let (id, first) = try await carrier.order()
        try await first.answer()
        let second = try await carrier.nextCall()
        #expect(second.calledUser == ScriptedCarrier.newParty)
        await carrier.peer.endpoint.ring(second.session)
        try await second.answer()
        let heard = try await ScriptedCall.talk(first, second, for: .seconds(3))
        #expect(heard.0 > 90 && heard.1 > 90, "of 150 frames, less the set-up of the bridge: \(heard)")
        let steps = CarrierBench.events(in: carrier.log).filter { $0["event"]?.asString == "transfer" }
            .compactMap { $0["step"]?.asString }
        #expect(steps == ["trying", "ringing", "accepted"])
        await carrier.peer.endpoint.hangUp(second.session)
        _ = try await carrier.bye(of: first)
        let record = try await carrier.gateway.endedRecord(of: id)
        #expect(record["end"]?["cause"]?.asString == "transferred" && record["end"]?["by"]?.asString == "bot")
        #expect(record["transferred_to"]?.asString == ScriptedCarrier.newParty)
        let stop = try await CarrierBench.event("stop", in: carrier.log)
        #expect(stop["reason"]?.asString == "transferred")
        _ = try await carrier.gateway.gaugesAtRest()
        let leg = try carrier.gateway.storedRecords().first { $0["leg_of"]?.asString == id }
        #expect(leg?["bot"]?.isNull == true && leg?["end"]?["by"]?.asString == "remote")
        await carrier.close()
    }

    /// A new party that is busy gives the far end back to the bot, whose audio is heard again.
    @Test func aBridgeThatFailsGivesTheCallBack() async throws {
        let carrier = try await ScriptedCarrier(
            bot: "--manner, transfer, --to, '\(ScriptedCarrier.newParty)'", trunk: ["transfer: bridge"])
        let (id, first) = try await carrier.order()
        try await first.answer()
        let second = try await carrier.nextCall()
        await carrier.peer.endpoint.reject(second.session, .busyHere)
        let failed = try await carrier.transferStep("failed")
        #expect(failed["status"]?.asInt == 486)
        try await first.talk(for: .milliseconds(500))
        let live = try await carrier.gateway.request("GET", "/v1/calls/\(id)").json
        #expect(live?["end"]?.isNull == true, "the call goes on with its bot")
        await carrier.peer.endpoint.hangUp(first.session)
        _ = try await carrier.gateway.endedRecord(of: id)
        await carrier.close()
    }

    /// The first far end hangs up: the leg is hung up as well.
    @Test func theLegDiesWithItsCall() async throws {
        let carrier = try await ScriptedCarrier(
            bot: "--manner, transfer, --to, '\(ScriptedCarrier.newParty)'", trunk: ["transfer: bridge"])
        let (_, first) = try await carrier.order()
        try await first.answer()
        let second = try await carrier.nextCall()
        try await second.answer()
        try await second.talk(for: .seconds(1))
        await carrier.peer.endpoint.hangUp(first.session)
        _ = try await carrier.bye(of: second)
        _ = try await carrier.gateway.gaugesAtRest()
        await carrier.close()
    }

    /// Nobody is called whom the trunk may not call, whoever asks.
    @Test func aTransferKeepsToTheAllowList() async throws {
        let carrier = try await ScriptedCarrier(
            bot: "--manner, transfer, --to, '+15550100'", trunk: ["transfer: referThenBridge"])
        let (_, first) = try await carrier.order()
        try await first.answer()
        let event = try await CarrierBench.event("transfer", in: carrier.log)
        #expect(event["step"]?.asString == "failed")
        #expect(event["reason"]?.asString?.contains("refused") == true)
        await carrier.peer.endpoint.hangUp(first.session)
        await carrier.close()
    }
}
