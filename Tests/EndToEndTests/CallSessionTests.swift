import Addressing
import CallControl
import Foundation
import JSON
import SDP
import SIPEndpoint
import SIPSyntax
import SIPUserAgent
import SRTP
import Testing

/// What the SIP session of a call goes through besides hold and transfer, against a carrier that a test plays: early media
/// both ways, Replaces, other keys, a trunk's own settings, and a name server that says nothing.
@Suite(.timeLimit(.minutes(2)))
struct CallSessionTests {
    /// An inbound call whose bot speaks in early media and then answers: the caller hears it before the answer, reliably
    /// (100rel) where the trunk is set so.
    @Test(arguments: [false, true]) func theCallerHearsTheBotInEarlyMedia(isReliable: Bool) async throws {
        let carrier = try await ScriptedCarrier(
            bot: "--manner, answer, --seconds, '30', --frequency, '1000'",
            trunk: ["reliableProvisionals: \(isReliable ? "whenSupported" : "off")"], route: ", earlyMedia: true")
        let call = try await ScriptedInboundCall(carrier)
        let early = try await call.next { event -> EarlyMedia? in
            if case .earlyMedia(let media) = event { media } else { nil }
        }
        #expect(early.status == .sessionProgress && early.isAnswer == isReliable)
        try call.negotiation.accept(answer: early.sdp)
        #expect(try await call.talk(for: .milliseconds(700)) > 10, "the bot is heard before it answers")
        let answer = try await call.next { event -> [UInt8]? in
            if case .answered(_, let answer) = event { answer } else { nil }
        }
        #expect(answer == early.sdp)
        #expect(try await call.talk(for: .seconds(1)) > 20)
        await carrier.peer.endpoint.hangUp(call.session)
        _ = try await carrier.gateway.gaugesAtRest()
        let record = try #require(try carrier.gateway.storedRecords().first)
        #expect(record["early_media"]?.asString != nil && record["answered"]?.asString != nil)
        #expect(record["end"]?["cause"]?.asString == "hangup")
        await carrier.close()
    }

    /// An INVITE with Replaces takes the call's place: the bot goes on, with the new far end, in the same call.
    @Test func replacesTakesTheCallsPlace() async throws {
        let carrier = try await ScriptedCarrier(
            bot: "--manner, speak, --seconds, '60', --frequency, '1000'",
            trunk: ["transfer: {way: refer, acceptFromPeer: true}"])
        let first = try await ScriptedInboundCall(carrier)
        let response = try await first.answered()
        #expect(try response.headers.supported.contains(.replaces))
        #expect(try await first.talk(for: .seconds(1)) > 20)
        let replaces = try Replaces(
            callID: response.headers.callID, toTag: try #require(response.headers.to.tag),
            fromTag: try #require(response.headers.from.tag))
        let second = try await ScriptedInboundCall(
            carrier, { $0.extraHeaders = [Headers.Field(name: .replaces, value: replaces.headerValue)] })
        // The events of the two come in one stream: the answer of the second, and the BYE to the first.
        var hasAnswer = false
        var hasBye = false
        while !hasAnswer || !hasBye {
            guard let (session, event) = await carrier.peer.nextEvent() else { break }
            if session == second.session, case .answered(_, let answer) = event {
                try second.negotiation.accept(answer: answer)
                hasAnswer = true
            }
            if session == first.session, case .ended(let reason) = event {
                #expect(reason.cause == .hungUpByPeer)
                hasBye = true
            }
        }
        #expect(try await second.talk(for: .seconds(1)) > 20, "the bot goes on where it was")
        let live = try await carrier.gateway.request("GET", "/v1/calls").json
        #expect(live?["calls"]?.asArray?.count == 1)
        await carrier.peer.endpoint.hangUp(second.session)
        _ = try await carrier.gateway.gaugesAtRest()
        #expect(try carrier.gateway.storedRecords().count == 1)
        let starts = CarrierBench.events(in: carrier.log).filter { $0["event"]?.asString == "start" }
        #expect(starts.count == 1, "the bot is told of one call")
        await carrier.close()
    }

    /// Without `acceptFromPeer` an INVITE with Replaces is declined, and the call goes on.
    @Test func replacesIsDeclined() async throws {
        let carrier = try await ScriptedCarrier(bot: "--manner, listen")
        let first = try await ScriptedInboundCall(carrier)
        let response = try await first.answered()
        #expect(try !response.headers.supported.contains(.replaces) && !response.headers.allow.contains(.refer))
        let replaces = try Replaces(
            callID: response.headers.callID, toTag: try #require(response.headers.to.tag),
            fromTag: try #require(response.headers.from.tag))
        let second = try await ScriptedInboundCall(
            carrier, { $0.extraHeaders = [Headers.Field(name: .replaces, value: replaces.headerValue)] })
        let reason = try await second.next { event -> EndReason? in
            if case .failed(let reason) = event { reason } else { nil }
        }
        #expect(reason.status == .decline)
        _ = try await first.talk(for: .milliseconds(500))
        _ = try await CarrierBench.event("heard", in: carrier.log)
        await carrier.peer.endpoint.hangUp(first.session)
        _ = try await carrier.gateway.gaugesAtRest()
        await carrier.close()
    }

    /// Whether the call's own tone comes back before long.
    private static func hears(_ call: ScriptedCall) async throws -> Bool {
        for _ in 0..<40 { if try await call.talk(for: .milliseconds(500)) > 15 { return true } }
        return false
    }

    /// Whether nothing of the tone comes back for a second, before long.
    private static func fallsSilent(_ call: ScriptedCall) async throws -> Bool {
        for _ in 0..<20 { if try await call.talk(for: .seconds(1)) == 0 { return true } }
        return false
    }

    /// A re-INVITE with another SRTP key of the far end's: what it sends from then on is under the new key, is heard, and
    /// the bot is heard as before; what still comes under the old key is not.
    @Test func theFarEndChangesItsKey() async throws {
        let carrier = try await ScriptedCarrier(
            over: .tls, bot: "--manner, echo, --rate, '8000'", trunk: ["mediaTimeout: 30s"])
        let (id, call) = try await carrier.order()
        #expect(String(decoding: try #require(call.invite.offer), as: UTF8.self).contains("RTP/SAVP"))
        try await call.answer()
        let old = try #require(call.negotiation.negotiated?.security)
        try call.media.rekey(
            send: try #require(MasterKey(old.sendKey)), receive: MasterKey(old.receiveKey))
        #expect(try await Self.hears(call), "the echo comes back under the first keys")

        let new = (0..<old.suite.keyLength).map { _ in UInt8.random(in: .min ... .max) }
        let offer = String(decoding: call.negotiation.makeOffer(), as: UTF8.self)
            .replacing(/inline:[A-Za-z0-9+\/=]+/, with: "inline:\(Data(new).base64EncodedString())")
        await carrier.peer.endpoint.offer(call.session, sdp: Array(offer.utf8))
        let accepted = try await carrier.next(call) { event -> AcceptedOffer? in
            if case .offerAccepted(let accepted) = event { accepted } else { nil }
        }
        try call.negotiation.accept(answer: accepted.answer)
        let theirs = try #require(call.negotiation.negotiated?.security).receiveKey
        #expect(theirs == old.receiveKey, "our own key stays, and its rollover counter with it")
        // Under the old key nobody is heard any more.
        #expect(try await Self.fallsSilent(call))
        try call.media.rekey(send: try #require(MasterKey(new)), receive: nil)
        #expect(try await Self.hears(call), "the echo comes back under the new key")
        await carrier.peer.endpoint.hangUp(call.session)
        let record = try await carrier.gateway.endedRecord(of: id)
        #expect(record["end"]?["cause"]?.asString == "hangup")
        await carrier.close()
    }

    /// The far end's re-INVITE leaves PCMU alone: from then on that is what it gets.
    @Test func theFarEndChangesTheCodec() async throws {
        let carrier = try await ScriptedCarrier(bot: "--manner, speak, --seconds, '60', --frequency, '1000'")
        let (_, call) = try await carrier.order()
        try await call.answer()
        try await call.talk(for: .milliseconds(500))
        #expect(call.media.raw.last.map { $0[1] & 0x7F } == 8)
        let offer = String(decoding: call.negotiation.makeOffer(), as: UTF8.self)
            .replacing("RTP/AVP 8 0 ", with: "RTP/AVP 0 ")
        await carrier.peer.endpoint.offer(call.session, sdp: Array(offer.utf8))
        let accepted = try await carrier.next(call) { event -> AcceptedOffer? in
            if case .offerAccepted(let accepted) = event { accepted } else { nil }
        }
        try call.negotiation.accept(answer: accepted.answer)
        #expect(call.negotiation.negotiated?.codec == .pcmu)
        try await call.talk(for: .milliseconds(500), speaks: false)
        #expect(call.media.raw.last.map { $0[1] & 0x7F } == 0)
        await carrier.peer.endpoint.hangUp(call.session)
        await carrier.close()
    }

    /// An INVITE without offer: our 200 has it, the caller's ACK the answer, and audio goes both ways.
    @Test func theCallerLeavesTheOfferToUs() async throws {
        let carrier = try await ScriptedCarrier(bot: "--manner, speak, --seconds, '60', --frequency, '1000'")
        let call = try await ScriptedInboundCall(carrier) { $0.offer = nil }
        let owed = try await call.next { event -> OwedAnswer? in
            if case .answerOwed(let owed) = event { owed } else { nil }
        }
        #expect(owed.occasion == .call)
        await carrier.peer.endpoint.acknowledge(call.session, sdp: try call.negotiation.answer(owed.offer))
        #expect(try await call.talk(for: .seconds(2)) > 30)
        await carrier.peer.endpoint.hangUp(call.session)
        _ = try await carrier.gateway.gaugesAtRest()
        let record = try #require(try carrier.gateway.storedRecords().first)
        #expect((record["media"]?["packets_received"]?.asInt ?? 0) > 50)
        await carrier.close()
    }

    /// What the trunk says about session timers is in its INVITE, and the peer that has to refresh is asked to.
    @Test func aTrunksSessionTimerIsAskedFor() async throws {
        let carrier = try await ScriptedCarrier(
            bot: "--manner, listen",
            trunk: ["sessionTimer: {interval: 5m, minimum: 2m, refresher: peer}", "reliableProvisionals: required"])
        let (id, call) = try await carrier.order()
        let invite = call.invite.request.headers
        #expect(invite.first(.sessionExpires)?.text == "300;refresher=uas")
        #expect(invite.first(.minSE)?.text == "120")
        #expect(try invite.require == [.reliableProvisionals])
        await carrier.peer.endpoint.reject(call.session, .badExtension)
        let record = try await carrier.gateway.endedRecord(of: id)
        #expect(record["end"]?["sip_status"]?.asInt == 420)
        #expect(record["end"]?["remedy"]?.asString?.contains("reliableProvisionals") == true)
        // Inbound: less than the trunk's minimum gets 422, and the caller asks for that much then.
        let inbound = try await ScriptedInboundCall(carrier) { call in
            var settings = SessionSettings()
            settings.timer.interval = .seconds(100)
            call.session = settings
        }
        let response = try await inbound.answered()
        #expect(try response.headers.sessionExpires?.interval == .seconds(120))
        await carrier.peer.endpoint.hangUp(inbound.session)
        _ = try await carrier.gateway.gaugesAtRest()
        await carrier.close()
    }

    /// A bot joins its far end with that of another call by its own command: REFER with Replaces.
    @Test func aBotTransfersToAnotherCall() async throws {
        let carrier = try await ScriptedCarrier(bot: "--manner, join", trunk: ["transfer: refer"])
        let (first, consulted) = try await carrier.order()
        try await consulted.answer()
        _ = try await carrier.gateway.record(of: first) { $0["answered"]?.asString != nil }
        let second = try await carrier.gateway.place([
            "trunk": "carrier", "to": .string(ScriptedCarrier.callee), "bot": "actor",
            "parameters": ["join": .string(first)],
        ])
        let call = try await carrier.nextCall()
        try await call.answer()
        let refer = try await carrier.next(call) { event -> IncomingRefer? in
            if case .referReceived(let refer) = event { refer } else { nil }
        }
        #expect(refer.replaces?.callID.text == consulted.invite.request.headers.first(.callID)?.text)
        await carrier.peer.endpoint.acceptRefer(call.session)
        await carrier.peer.endpoint.notifyRefer(call.session, SIPFragment(status: .ok))
        let record = try await carrier.gateway.endedRecord(of: second)
        #expect(record["end"]?["cause"]?.asString == "transferred" && record["end"]?["by"]?.asString == "bot")
        await carrier.peer.endpoint.hangUp(consulted.session)
        _ = try await carrier.gateway.endedRecord(of: first)
        // A call that does not exist: the bot is told, and has its call still.
        let third = try await carrier.gateway.place([
            "trunk": "carrier", "to": .string(ScriptedCarrier.callee), "bot": "actor",
            "parameters": ["join": "nonsense"],
        ])
        let alone = try await carrier.nextCall()
        try await alone.answer()
        let failed = try await carrier.transferStep("failed")
        #expect(failed["reason"]?.asString == "There is no such call.")
        await carrier.peer.endpoint.hangUp(alone.session)
        _ = try await carrier.gateway.endedRecord(of: third)
        await carrier.close()
    }

    /// The carrier's name is being looked up at a name server that says nothing: a hang-up ends the call at once.
    @Test func aSilentNameServerHoldsUpNoHangUp() async throws {
        let names = try await NameServer.start()
        for kind in [NameServer.Kind.a, .aaaa] { names.set(kind, "carrier.test", NameServer.Reply.silence) }
        let workshop = try Workshop()
        let bots = CarrierBench.child("actor", "--manner, listen", log: workshop.path("bot.jsonl"))
        let gateway = try await ServedGateway(
            """
            sip:
              nameservers: ["\(names.address)"]
              listeners:
                - {transport: tcp, address: 127.0.0.1, port: 0}
            trunks:
              carrier:
                type: sip
                transport: tcp
                addresses: ["carrier.test:5070"]
                number: "\(ScriptedCarrier.own)"
                allowedPrefixes: ["+4930"]
                bindAddress: 127.0.0.1
            bots:
            \(bots.indented(by: 2))
            """, in: workshop)
        let id = try await gateway.place([
            "trunk": "carrier", "to": .string(ScriptedCarrier.callee), "bot": "actor",
        ])
        while names.count(.a, "carrier.test") == 0 { try await Task.sleep(for: .milliseconds(10)) }
        let start = ContinuousClock.now
        _ = try await gateway.request("DELETE", "/v1/calls/\(id)")
        let record = try await gateway.endedRecord(of: id)
        // The look-up alone lasts 5 s, and the wait for a far end that never was would last as long.
        #expect(ContinuousClock.now - start < .seconds(4))
        #expect(record["end"]?["cause"]?.asString == "hangup" && record["invited"]?.isNull != false)
        _ = try await gateway.gaugesAtRest()
        // Left alone, the call ends with the name server's silence.
        let patient = try await gateway.place([
            "trunk": "carrier", "to": .string(ScriptedCarrier.callee), "bot": "actor",
        ])
        let failed = try await gateway.endedRecord(of: patient)
        #expect(failed["end"]?["cause"]?.asString == "unreachable")
        #expect(failed["end"]?["sentence"]?.asString?.contains("carrier.test") == true, "\(failed)")
        try await gateway.program.stop()
        await names.stop()
        workshop.remove()
    }
}
