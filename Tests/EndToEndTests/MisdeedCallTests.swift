import FlowSimulator
import JSON
import Testing

/// What the gateway makes of a carrier that misbehaves within a call or at its end: outcome, cause, ladder, record, media.
@Suite(.timeLimit(.minutes(2)))
struct MisdeedCallTests {
    /// The carrier's BYE ends the call at any moment; ours is the end even where it is crossed.
    @Test func theBYEAtABadMoment() async throws {
        let bench = try await MisdeedBench([
            .init("early", "bye: beforeACK"), .init("late", "bye: 1s", over: .tls),
            .init("crossing", "bye: crossing"), .init("crossingDatagram", "bye: crossing", over: .udp),
        ])
        async let early = bench.call("early", hangsUp: false, meanwhile: { _ in })
        async let late = bench.call("late", hangsUp: false)
        async let crossing = bench.call("crossing")
        async let crossingDatagram = bench.call("crossingDatagram")
        for outcome in [try await early, try await late] {
            #expect(outcome.cause == "hangup" && outcome.endedBy == "remote", "\(outcome.record)")
            #expect(outcome.report.messagesReceived["200 BYE"] == 1 && outcome.report.endedBy == .simulator)
            #expect(outcome.rungs(with: "│ BYE") == 0, "\(outcome.ladder)")
        }
        #expect(try await late.talked(atLeast: 0.5))
        #expect(try await early.report.messagesReceived["ACK"] == 1, "the 200 is acknowledged all the same")
        for outcome in [try await crossing, try await crossingDatagram] {
            #expect(outcome.cause == "hangup" && outcome.endedBy == "operator", "\(outcome.record)")
            #expect(outcome.rungs(with: "│ BYE") >= 1 && outcome.rungs(with: "─ BYE") >= 1, "\(outcome.ladder)")
            #expect(outcome.report.messagesReceived.keys.contains { $0.hasSuffix(" BYE") }, "ours is answered")
        }
        try await bench.close()
    }

    /// The carrier closes the silent connection: the call and its media live on, and our BYE goes over a new one; where the
    /// carrier hangs up first it comes over one of its own.
    @Test func theSilentConnectionCloses() async throws {
        let bench = try await MisdeedBench([
            .init("secret", "idleClose: 1s", over: .tls), .init("plain", "idleClose: 1s"),
            .init("held", "idleClose: 1s", over: .tls),
        ])
        async let secret = bench.call("secret", meanwhile: { _ in try await Task.sleep(for: .seconds(3)) })
        async let plain = bench.call("plain", meanwhile: { _ in try await Task.sleep(for: .seconds(3)) })
        async let held = bench.call("held") { id in
            try await Task.sleep(for: .seconds(2))
            _ = try await bench.gateway.request("POST", "/v1/calls/\(id)/hold")
            try await Task.sleep(for: .seconds(1))
        }
        for outcome in [try await secret, try await plain, try await held] {
            #expect(outcome.cause == "hangup" && outcome.endedBy == "operator", "\(outcome.record)")
            #expect(outcome.report.endedBy == .gateway && outcome.seen.last == "BYE after the close", "\(outcome.seen)")
            #expect(outcome.rungs(with: "│ BYE") == 1 && outcome.rungs(with: "✗") == 0, "\(outcome.ladder)")
        }
        #expect(try await secret.talked(atLeast: 2))
        #expect(try await plain.talked(atLeast: 2))
        #expect(try await held.seen == ["INVITE after the close", "ACK after the close", "BYE after the close"])
        try await bench.close()
    }

    /// Everything twice, and ACKs that are lost: one call, one ladder without surprise, the same record.
    @Test func repeatedMessages() async throws {
        let bench = try await MisdeedBench([
            .init("streamed", "repeats: {responses: 2, lostACKs: 2}", over: .tls),
            .init("datagram", "repeats: {responses: 1, lostACKs: 1}", over: .udp),
            .init("requests", "bye: 2s, repeats: {requests: 2}", over: .udp),
        ])
        let lasting: @Sendable (String) async throws -> Void = { _ in try await Task.sleep(for: .seconds(3)) }
        async let streamed = bench.call("streamed", meanwhile: lasting)
        async let datagram = bench.call("datagram", meanwhile: lasting)
        async let requests = bench.call("requests", hangsUp: false)
        for outcome in [try await streamed, try await datagram] {
            #expect(outcome.cause == "hangup" && outcome.endedBy == "operator", "\(outcome.record)")
            #expect(outcome.rungs(with: "│ INVITE") == 1 && outcome.rungs(with: "│ BYE") == 1, "\(outcome.ladder)")
        }
        // An ACK for each copy of the 200 (RFC 3261 section 13.2.2.4).
        #expect(try await streamed.report.messagesReceived["ACK"] == streamed.report.messagesSent["200 INVITE"])
        #expect(try await datagram.seen.filter { $0.hasPrefix("ACK") } == ["ACK 1", "ACK 2"])
        let twice = try await requests
        #expect(twice.cause == "hangup" && twice.endedBy == "remote", "\(twice.record)")
        // Each copy of the BYE is answered, and only the first one means anything.
        #expect(twice.rungs(with: "─ BYE") == 3 && twice.rungs(with: "│ 200 OK") >= 3, "\(twice.ladder)")
        try await bench.close()
    }

    /// Record-Route says TCP and Contact TLS: ACK and BYE go the way of the route.
    @Test func theRouteThatContradictsTheContact() async throws {
        let bench = try await MisdeedBench([.init("exotel", "recordRouteTCPContactTLS: true")])
        let outcome = try await bench.call("exotel")
        #expect(outcome.cause == "hangup" && outcome.talked(atLeast: 0.5), "\(outcome.record)")
        #expect(outcome.record["signalling"]?["transport"]?.asString == "tcp")
        #expect(outcome.report.messagesReceived["ACK"] == 1 && outcome.report.messagesReceived["BYE"] == 1)
        #expect(outcome.report.ladder.contains { $0.message.hasPrefix("ACK") && $0.message.hasSuffix("=tls") })
        #expect(outcome.rungs(with: "✗") == 0, "\(outcome.ladder)")
        try await bench.close()
    }

    /// The carrier's hold silences us and times nothing out; its re-INVITE without an offer gets ours.
    @Test func holdsOfTheCarrier() async throws {
        let trunk = ["mediaTimeout: 2s"]
        let bench = try await MisdeedBench([
            .init("sendonly", "hold: {after: 500ms, for: 3s}", trunk: trunk),
            .init("inactive", "hold: {after: 500ms, for: 3s, direction: inactive}", over: .tls, trunk: trunk),
            .init("offerless", "hold: {after: 500ms, direction: offerless}", trunk: trunk),
        ])
        let lasting: @Sendable (String) async throws -> Void = { _ in try await Task.sleep(for: .seconds(5)) }
        async let sendonly = bench.call("sendonly", meanwhile: lasting)
        async let inactive = bench.call("inactive", meanwhile: lasting)
        async let offerless = bench.call("offerless", meanwhile: lasting)
        for outcome in [try await sendonly, try await inactive] {
            #expect(outcome.cause == "hangup" && outcome.endedBy == "operator", "\(outcome.record)")
            #expect(outcome.seen == ["200 to the re-INVITE", "200 to the re-INVITE"], "\(outcome.seen)")
            #expect(outcome.rungs(with: "─ INVITE (SDP)") == 2, "\(outcome.ladder)")
            // About two of five seconds: nothing is sent to a far end that does not listen.
            let sent = outcome.media?["packets_sent"]?.asInt ?? 0
            #expect((75...160).contains(sent), "\(sent) packets")
        }
        #expect(try await sendonly.media?["packets_received"]?.asInt ?? 0 > 200, "it goes on talking")
        let asked = try await offerless
        #expect(asked.cause == "hangup" && asked.seen == ["200 to the re-INVITE"], "\(asked.seen)")
        #expect(asked.talked(atLeast: 4) && asked.report.messagesSent["ACK"] == 1)
        try await bench.close()
    }

    /// Glare (RFC 3261 section 14.1): our re-INVITE meets theirs, both get 491, and ours comes again after the back-off of
    /// the dialog's owner.
    @Test func glare() async throws {
        // A bot that leaves the hold alone.
        let bench = try await MisdeedBench(
            [.init("plain", "glare: 1"), .init("secret", "glare: 2", over: .tls)],
            bots: CarrierBench.child("still", "--manner, still", log: "/dev/null"))
        let hold: @Sendable (String) async throws -> Void = { id in
            _ = try await bench.gateway.request("POST", "/v1/calls/\(id)/hold")
            try await Task.sleep(for: .seconds(10))
        }
        async let plain = bench.call("plain", bot: "still", meanwhile: hold)
        async let secret = bench.call("secret", bot: "still", meanwhile: hold)
        for (outcome, times) in [(try await plain, 1), (try await secret, 2)] {
            #expect(outcome.cause == "hangup" && outcome.endedBy == "operator", "\(outcome.record)")
            #expect(outcome.rungs(with: "│ INVITE (SDP)") == times + 2, "\(outcome.ladder)")
            #expect(outcome.seen.filter { $0 == "491 to the edge's INVITE" }.count == times, "\(outcome.seen)")
            #expect(outcome.seen.last == "INVITE again, after the 491", "\(outcome.seen)")
            let moments = outcome.report.misdeeds.filter { $0.what.hasPrefix("INVITE") }.map(\.atInMilliseconds)
            for (first, second) in zip(moments, moments.dropFirst()) {
                #expect((2_050...4_400).contains(second - first), "2.1 to 4 s, in steps of 10 ms: \(moments)")
            }
        }
        try await bench.close()
    }

    /// REFER to a carrier that does it, fails at it, or refuses it; and the carrier's own, which is declined.
    @Test func transfers() async throws {
        let trunk = ["transfer: refer"]
        let bench = try await MisdeedBench([
            .init("done", "refer: {progress: [100, 180, 200]}", trunk: trunk),
            .init("busy", "refer: {progress: [100, 486]}", over: .tls, trunk: trunk),
            .init("refused", "refer: 603", trunk: trunk),
            .init("ordered", "sendRefer: {to: \"sip:+918000000002@127.0.0.1\", after: 500ms}", trunk: trunk),
        ])
        let transfer: @Sendable (String) async throws -> Void = { id in
            let (status, _) = try await bench.gateway.request(
                "POST", "/v1/calls/\(id)/transfer", body: ["to": "+918000000009"])
            #expect(status == 202)
            try await Task.sleep(for: .seconds(3))
        }
        async let done = bench.call("done", hangsUp: false, meanwhile: transfer)
        async let busy = bench.call("busy", meanwhile: transfer)
        async let refused = bench.call("refused", meanwhile: transfer)
        async let ordered = bench.call("ordered")
        let transferred = try await done
        #expect(transferred.cause == "transferred" && transferred.endedBy == "operator", "\(transferred.record)")
        #expect(transferred.record["transferred_to"]?.asString == "+918000000009")
        #expect(transferred.rungs(with: "│ REFER") == 1 && transferred.rungs(with: "─ NOTIFY") == 3)
        for outcome in [try await busy, try await refused] {
            #expect(outcome.cause == "hangup" && outcome.endedBy == "operator", "\(outcome.record)")
            #expect(outcome.record["transferred_to"]?.isNull == true && outcome.talked(atLeast: 2.5))
        }
        #expect(try await busy.seen.filter { $0 == "200 to NOTIFY" }.count == 2)
        #expect(try await ordered.seen.contains("603 to REFER"))
        #expect(try await ordered.cause == "hangup")
        try await bench.close()
    }

    /// A stream that pauses, or becomes another one, is the same call; one that stays away ends it.
    @Test func mediaThatStopsAndChanges() async throws {
        let bench = try await MisdeedBench([
            .init("pausing", "media: {pauseAfter: 1s, pause: 1s}", trunk: ["mediaTimeout: 3s"]),
            .init("changing", "media: {newSSRCAfter: 1s}"),
            .init("secret", "media: {newSSRCAfter: 1s}", over: .tls),
            .init("gone", "media: {pauseAfter: 1s, pause: 60s}", trunk: ["mediaTimeout: 2s"]),
        ])
        let lasting: @Sendable (String) async throws -> Void = { _ in try await Task.sleep(for: .seconds(4)) }
        async let pausing = bench.call("pausing", meanwhile: lasting)
        async let changing = bench.call("changing", meanwhile: lasting)
        async let secret = bench.call("secret", meanwhile: lasting)
        async let gone = bench.call("gone", hangsUp: false, meanwhile: { _ in })
        let paused = try await pausing
        #expect(paused.cause == "hangup" && paused.report.misdeeds.map(\.what) == ["media paused", "media resumed"])
        #expect((120...180).contains(paused.media?["packets_received"]?.asInt ?? 0), "\(paused.record)")
        for changed in [try await changing, try await secret] {
            #expect(changed.cause == "hangup" && changed.talked(atLeast: 3), "\(changed.record)")
            #expect(changed.media?["packets_from_strangers"]?.asInt == 0)
            #expect(changed.media?["srtp_failures"]?.asInt == 0, "keys are the master key's, whatever the SSRC")
            #expect(changed.media?["packets_lost"]?.asInt == 0 && changed.seen.isEmpty, "\(changed.record)")
        }
        let lost = try await gone
        #expect(lost.cause == "media-timeout" && lost.endedBy == "gateway", "\(lost.record)")
        #expect(lost.rungs(with: "│ BYE") == 1 && lost.report.reasonHeader?.contains("cause=41") == true)
        try await bench.close()
    }

    /// Media that stops, turns to zeros, or comes under another key: the record names each, with its count, and the call
    /// lives as long as packets come.
    @Test func silenceIsDiagnosed() async throws {
        let trunk = ["silenceAfter: 1s"]
        let bench = try await MisdeedBench([
            .init("stopped", "media: {pauseAfter: 1s, pause: 60s}", trunk: trunk),
            .init("muted", "media: {silentAfter: 1s}", over: .tls, trunk: trunk),
            .init("unlocked", "media: {wrongKeyAfter: 1s}", over: .tls, trunk: trunk),
        ])
        let lasting: @Sendable (String) async throws -> Void = { _ in try await Task.sleep(for: .seconds(5)) }
        async let stopped = bench.call("stopped", meanwhile: lasting)
        async let muted = bench.call("muted", meanwhile: lasting)
        async let unlocked = bench.call("unlocked", meanwhile: lasting)
        for (outcome, kind, packets) in [
            (try await stopped, "no_rtp", 0...0), (try await muted, "digital_silence", 50...260),
            (try await unlocked, "srtp_authentication", 50...260),
        ] {
            #expect(outcome.cause == "hangup" && outcome.endedBy == "operator", "\(outcome.record)")
            let silences = (outcome.media?["silences"]?.asArray ?? []).filter { $0["direction"]?.asString == "inbound" }
            #expect(silences.map { $0["kind"]?.asString } == [kind], "\(outcome.record)")
            #expect(packets.contains(silences.first?["packets"]?.asInt ?? -1), "\(silences)")
            #expect(silences.first?["likely_cause"]?.asString?.isEmpty == false)
        }
        try await bench.close()
    }

    /// Loss, jitter, disorder and copies, both ways: the call lives, the record counts them, and both still hear a tone.
    @Test func aBadNetwork() async throws {
        let bench = try await MisdeedBench([
            .init("lossy", "network: {loss: 10, seed: 7}"),
            .init("jittery", "network: {jitter: 40ms, reordered: 3, duplicates: 3, seed: 8}", over: .tls),
            .init("deaf", "network: {loss: 100, way: sent}", trunk: ["mediaTimeout: 2s"]),
        ])
        let lasting: @Sendable (String) async throws -> Void = { _ in try await Task.sleep(for: .seconds(4)) }
        async let lossy = bench.call("lossy", meanwhile: lasting)
        async let jittery = bench.call("jittery", meanwhile: lasting)
        async let deaf = bench.call("deaf", hangsUp: false, meanwhile: { _ in })
        let holed = try await lossy
        #expect(holed.cause == "hangup", "\(holed.record)")
        let dropped = try #require(holed.report.networkSent).dropped
        #expect(dropped > 5)
        let lost = try #require(holed.media?["packets_lost"]?.asInt)
        #expect(abs(lost - dropped) <= 2, "\(lost) of \(dropped)")
        #expect(holed.media?["frames_concealed"]?.asInt ?? 0 > 0)
        #expect(holed.media?["caller_level_db"]?.asDouble ?? -100 > -30)
        let shaken = try await jittery
        #expect(shaken.cause == "hangup" && shaken.media?["jitter_ms"]?.asDouble ?? 0 > 3, "\(shaken.record)")
        // To SRTP a copy is a replay (RFC 3711 section 3.3.2), which nobody hears twice.
        let copies = try #require(shaken.report.networkSent).duplicated
        let refused = try #require(shaken.media?["srtp_failures"]?.asInt)
        #expect(copies > 0 && abs(refused - copies) <= 1, "\(refused) of \(copies)")
        #expect(shaken.media?["packets_lost"]?.asInt ?? 100 <= 2)
        #expect(shaken.media?["caller_level_db"]?.asDouble ?? -100 > -30)
        #expect(try await deaf.cause == "media-timeout", "nothing ever came")
        try await bench.close()
    }
}
