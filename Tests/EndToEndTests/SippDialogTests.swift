import JSON
import Testing

/// What happens to a dialog while it lives, with sipp in both roles: reliable provisional responses, CANCEL that crosses an
/// answer, re-INVITE. The scenarios judge the gateway's messages; the calls of a test run side by side.
@Suite(.timeLimit(.minutes(3))) struct SippDialogTests {
    /// RFC 3262: sipp's reliable 180 and 183 are acknowledged once each, and the 183's answer carries audio before the 200;
    /// and sipp, which requires it, gets our 180 and 183 reliably.
    @Test func reliableProvisionalResponses() async throws {
        let workshop = try Workshop()
        defer { workshop.remove() }
        let callee = try await SippScenario("sipp-reliable-answer", .callee, in: workshop)
        let trial = try await UDPTrial(callees: ["callee": callee.peer.port], in: workshop)
        let id = try await trial.place("callee", bot: "early")
        let ringing = try await SippScenario(
            "sipp-reliable-call", .caller(of: UDPTrial.answered, atPort: trial.port), in: workshop)
        let speaking = try await SippScenario(
            "sipp-early-call", .caller(of: UDPTrial.early, atPort: trial.port), in: workshop)
        let record = try await trial.gateway.record(of: id) { $0["answered"]?.isNull == false }
        #expect(record["early_media"]?.isNull == false)
        try await Task.sleep(for: .seconds(2))
        #expect(try await trial.gateway.request("DELETE", "/v1/calls/\(id)").status == 202)
        for scenario in [callee, ringing, speaking] { #expect(try await scenario.succeeds()) }
        let acknowledgements = try callee.received().filter { $0.hasPrefix("PRACK ") }
        #expect(acknowledgements.count == 2, "the retransmitted 183 is acknowledged already")
        _ = try await trial.gateway.endedRecord(of: id)
        // sipp sends back what it hears: what the bot said early came back early.
        let outbound = try PeerTrial.heard(id, around: "answered", in: workshop)
        #expect(outbound.before.seconds(of: UDPTrial.earlyTone) >= 0.5)
        let early = try #require(try await trial.endedRecord(to: UDPTrial.early)["id"]?.asString)
        let inbound = try PeerTrial.heard(early, around: "answered", in: workshop)
        #expect(inbound.before.seconds(of: PeerSound.farTone) >= 1)
        let ladder = try await trial.gateway.ladder(of: early)
        #expect(
            ladder == [
                "<- INVITE (SDP)", "-> 100 Trying", "-> 180 Ringing", "<- PRACK", "-> 200 OK",
            ] + Self.afterRinging)
        try await trial.gateway.program.stop()
    }

    /// RFC 3261 section 9: a CANCEL that crosses the 200 has no effect but the answer to it; the call is acknowledged, and
    /// the one that we had given up is ended by BYE. One in time ends the INVITE with 487.
    @Test func cancelAndItsRaces() async throws {
        let workshop = try Workshop()
        defer { workshop.remove() }
        let crossing = try await SippScenario("sipp-crossing-answer", .callee, in: workshop)
        let cancelled = try await SippScenario("sipp-cancelled-answer", .callee, in: workshop)
        let trial = try await UDPTrial(
            callees: ["crossing": crossing.peer.port, "cancelled": cancelled.peer.port], in: workshop)
        let crossedCaller = try await SippScenario(
            "sipp-crossing-call", .caller(of: UDPTrial.answered, atPort: trial.port), in: workshop)
        let cancellingCaller = try await SippScenario(
            "sipp-cancelling-call", .caller(of: UDPTrial.ringing, atPort: trial.port), in: workshop)
        let opening = ["-> INVITE (SDP)", "<- 180 Ringing", "-> CANCEL"]
        let endings = [
            "crossing": ["<- 200 OK (SDP)", "<- 200 OK", "-> ACK", "-> BYE", "<- 200 OK"],
            "cancelled": ["<- 200 OK", "<- 487 Request Terminated", "-> ACK"],
        ]
        for (trunk, ending) in endings {
            let id = try await trial.place(trunk, bot: "patient")
            _ = try await trial.gateway.record(of: id) { $0["ringing"]?.isNull == false }
            #expect(try await trial.gateway.request("DELETE", "/v1/calls/\(id)").status == 202)
            let record = try await trial.gateway.endedRecord(of: id)
            #expect(record["end"]?["by"]?.asString == "operator")
            #expect(record["answered"]?.isNull == true)
            // The order of ACK and of the answer to CANCEL is the network's.
            let ladder = try await trial.gateway.ladder(of: id)
            #expect(ladder.sorted() == (opening + ending).sorted(), "\(ladder)")
        }
        for scenario in [crossing, cancelled, crossedCaller, cancellingCaller] {
            #expect(try await scenario.succeeds())
        }
        let lived = try await trial.endedRecord(to: UDPTrial.answered)
        #expect(lived["end"]?["cause"]?.asString == "hangup" && lived["end"]?["by"]?.asString == "remote")
        #expect(try #require(lived["duration_ms"]?.asInt) >= 1_900)
        #expect(try await trial.endedRecord(to: UDPTrial.ringing)["end"]?["cause"]?.asString == "cancelled")
        #expect(try await trial.gateway.left(of: ["calls", "media_sessions", "port_pairs", "bots"]) == [:])
        try await trial.gateway.program.stop()
    }

    /// Holds of both sides, each ended by its side: by re-INVITE with an offer, and sipp's own by one without. The caller's
    /// first INVITE has none either.
    @Test func reinvitesOfBothSides() async throws {
        let workshop = try Workshop()
        defer { workshop.remove() }
        let callee = try await SippScenario("sipp-reinvite-answer", .callee, in: workshop)
        let trial = try await UDPTrial(callees: ["callee": callee.peer.port], in: workshop)
        let outbound = try await trial.place("callee", bot: "patient")
        let caller = try await SippScenario(
            "sipp-reinvite-call", .caller(of: UDPTrial.answered, atPort: trial.port), in: workshop)
        _ = try await trial.gateway.record(of: outbound) { $0["answered"]?.isNull == false }
        let inbound = try await trial.answeredCall(to: UDPTrial.answered)
        try await Task.sleep(for: .seconds(1))
        for id in [outbound, inbound] { try await trial.hold(id, for: .milliseconds(1_200)) }
        for (scenario, id) in [(callee, outbound), (caller, inbound)] {
            #expect(try await scenario.succeeds())
            let record = try await trial.gateway.endedRecord(of: id)
            #expect(record["end"]?["cause"]?.asString == "hangup" && record["end"]?["by"]?.asString == "remote")
            #expect(
                try PeerTrial.holds(of: id, in: workshop) == [
                    "hold local", "resume local", "hold remote", "resume remote",
                ])
            let origins = try scenario.origins().map { $0.split(separator: " ") }
            let sessions = Set(origins.map { $0[1] })
            #expect(sessions.count == 1)
            // The first description, hold, resume, the answer to a hold, the offer that was asked for.
            let versions = origins.compactMap { Int($0[2]) }
            #expect(versions == versions.sorted() && Set(versions).count >= 4, "\(versions)")
        }
        // One hears itself again from an echo, the other the caller.
        #expect(try PeerSound(wave: workshop.path("\(outbound).wav")).seconds(of: PeerSound.botTone) >= 2)
        #expect(try PeerSound(wave: workshop.path("\(inbound).wav")).seconds(of: PeerSound.farTone) >= 2)
        try await trial.gateway.program.stop()
    }

    private static let afterRinging = [
        "-> 183 Session Progress (SDP)", "<- PRACK", "-> 200 OK", "-> 200 OK", "<- ACK", "<- BYE", "-> 200 OK",
    ]
}
