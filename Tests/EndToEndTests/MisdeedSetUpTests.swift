import FlowSimulator
import JSON
import Testing

/// What the gateway makes of a carrier that misbehaves before its answer: outcome, cause, ladder, record and media.
@Suite(.timeLimit(.minutes(2)))
struct MisdeedSetUpTests {
    /// A refusal ends the call with the carrier's own words beside ours; nothing of media or bot remains.
    @Test func refusals() async throws {
        let bench = try await MisdeedBench([
            .init("busy", "refuse: 486"), .init("declined", "refuse: 603", over: .tls),
            .init("worded", "refuse: {status: 480, reason: Nobody home, errorCode: 4009, cause: 20}"),
            .init("datagram", "refuse: 404", over: .udp),
        ])
        async let busy = bench.call("busy")
        async let declined = bench.call("declined")
        async let worded = bench.call("worded")
        async let datagram = bench.call("datagram")
        for (outcome, status) in [
            (try await busy, 486), (try await declined, 603), (try await worded, 480), (try await datagram, 404),
        ] {
            #expect(outcome.cause == "rejected" && outcome.status == status, "\(outcome.record)")
            #expect(outcome.sentence.contains("(\(status))"), "\(outcome.sentence)")
            #expect(outcome.record["answered"]?.isNull == true && outcome.record["duration_ms"]?.asInt ?? 0 == 0)
            #expect(outcome.rungs(with: "│ INVITE") == 1 && outcome.rungs(with: "│ ACK") == 1, "\(outcome.ladder)")
            #expect(outcome.report.status == status && outcome.report.endedBy == .simulator)
            #expect(outcome.media?["packets_received"]?.asInt ?? 0 == 0)
        }
        let end = try await worded.record["end"]
        #expect(end?["q850"]?.asInt == 20 && end?["carrier_error_code"]?.asString == "4009", "\(end as Any)")
        try await bench.close()
    }

    /// 503 with Retry-After at the only address: the call waits in the trunk's line for as long, and is answered then.
    @Test func retryAfterIsWaitedFor() async throws {
        let bench = try await MisdeedBench([.init("full", "refuse: {status: 503, first: 1, retryAfter: 2s}")])
        let outcome = try await bench.call("full")
        #expect(outcome.cause == "hangup" && outcome.talked(atLeast: 0.5), "\(outcome.record)")
        #expect(outcome.rungs(with: "503 Service Unavailable") == 1 && outcome.rungs(with: "│ INVITE") == 2)
        let reports = try #require(await bench.simulators["full"]?.reports(atLeast: 2))
        #expect(reports.map(\.status) == [503, 200])
        #expect(reports.map(\.callID) == [outcome.report.callID, outcome.report.callID])
        try await bench.close()
    }

    /// Ringing without end is ended by CANCEL at the ring deadline, and the 487 is acknowledged.
    @Test func ringingWithoutEnd() async throws {
        let trunk = ["ringDeadline: 1s"]
        let bench = try await MisdeedBench([
            .init("streamed", "noAnswer: true", trunk: trunk),
            .init("datagram", "noAnswer: true", over: .udp, trunk: trunk),
        ])
        async let streamed = bench.call("streamed")
        async let datagram = bench.call("datagram")
        for outcome in [try await streamed, try await datagram] {
            #expect(outcome.cause == "no-answer" && outcome.endedBy == "gateway", "\(outcome.record)")
            #expect(outcome.rungs(with: "│ CANCEL") == 1, "\(outcome.ladder)")
            #expect(outcome.rungs(with: "487 Request Terminated") == 1 && outcome.rungs(with: "│ ACK") == 1)
            #expect(outcome.record["ringing"]?.asString != nil && outcome.record["answered"]?.isNull == true)
            #expect(outcome.report.end == "cancelled before the answer")
            #expect(outcome.report.reasonHeader?.contains("cause=19") == true)
        }
        try await bench.close()
    }

    /// A 100 that is late or never comes changes nothing while something comes.
    @Test func tryingThatIsLateOrNeverComes() async throws {
        let bench = try await MisdeedBench([.init("late", "trying: 50ms"), .init("never", "trying: none", over: .tls)])
        async let late = bench.call("late")
        async let never = bench.call("never")
        for outcome in [try await late, try await never] {
            #expect(outcome.cause == "hangup" && outcome.talked(atLeast: 0.5), "\(outcome.record)")
            #expect(outcome.rungs(with: "180 Ringing") == 1)
        }
        #expect(try await never.rungs(with: "100 Trying") == 0)
        try await bench.close()
    }

    /// Early media reaches the bot's ear before the answer; a reliable 183 gets its PRACK (RFC 3262).
    @Test func mediaBeforeTheAnswer() async throws {
        let bench = try await MisdeedBench([
            .init("plain", "earlyMedia: {for: 1s, prompt: tone}"),
            .init("reliable", "earlyMedia: {for: 1s, prompt: tone, reliable: true}", over: .tls),
        ])
        async let plain = bench.call("plain")
        async let reliable = bench.call("reliable")
        for outcome in [try await plain, try await reliable] {
            #expect(outcome.cause == "hangup" && outcome.talked(atLeast: 0.5), "\(outcome.record)")
            let early = try #require(outcome.record["early_media"]?.asString)
            #expect(early < outcome.record["answered"]?.asString ?? "")
            #expect(outcome.rungs(with: "183 Session Progress (SDP)") == 1, "\(outcome.ladder)")
            // A second of it before the answer, and a second of talk.
            #expect(outcome.media?["packets_received"]?.asInt ?? 0 > 85)
        }
        #expect(try await reliable.seen == ["PRACK"])
        #expect(try await reliable.rungs(with: "│ PRACK") == 1)
        #expect(try await plain.rungs(with: "│ PRACK") == 0)
        try await bench.close()
    }

    /// Each further answer of a fork gets its ACK and its BYE, whatever the transport; the first one's call goes on.
    @Test func forkedAnswers() async throws {
        let bench = try await MisdeedBench([
            .init("streamed", "forks: {answers: 2, provisionals: 2}"), .init("secret", "forks: 1", over: .tls),
            .init("datagram", "forks: {answers: 3}", over: .udp),
        ])
        async let streamed = bench.call("streamed")
        async let secret = bench.call("secret")
        async let datagram = bench.call("datagram")
        for (outcome, count) in [(try await streamed, 2), (try await secret, 1), (try await datagram, 3)] {
            #expect(outcome.cause == "hangup" && outcome.endedBy == "operator", "\(outcome.record)")
            #expect(outcome.talked(atLeast: 0.5))
            let wanted = (1...count).flatMap { ["ACK of further answer \($0)", "BYE of further answer \($0)"] }
            #expect(Set(outcome.seen) == Set(wanted), "\(outcome.seen)")
            #expect(outcome.rungs(with: "│ BYE") == count + 1, "\(outcome.ladder)")
        }
        #expect(try await streamed.rungs(with: "180 Ringing") == 3)
        try await bench.close()
    }

    private static let account = ["account: {username: trunk, password: secret, realms: [simulator]}"]

    /// 401 and 407 are answered with each algorithm, and once more after `stale`; a challenger that is never content gets
    /// two answers, and a realm that is not the trunk's gets no digest at all.
    @Test func challenges() async throws {
        let bench = try await MisdeedBench([
            .init("md5", "challenge: 401", trunk: Self.account),
            .init("sha", "challenge: {status: 407, algorithm: SHA-256}", over: .tls, trunk: Self.account),
            .init("long", "challenge: {status: 407, algorithm: SHA-512-256}", over: .udp, trunk: Self.account),
            .init("stale", "challenge: {status: 401, nonce: staleOnce}", trunk: Self.account),
            .init("dialog", "challenge: {status: 407, inDialog: true}", trunk: Self.account),
            .init("changing", "challenge: {status: 407, nonce: changing}", trunk: Self.account),
            .init("foreign", "challenge: {status: 401, nonce: foreignRealm}", trunk: Self.account),
            .init("unknown", "challenge: 401"),
        ])
        async let good = bench.calls("md5", "sha", "long", "stale", "dialog")
        async let bad = bench.calls("changing", "foreign", "unknown")
        for outcome in try await good {
            #expect(outcome.cause == "hangup" && outcome.talked(atLeast: 0.5), "\(outcome.record)")
            // It was let in, so the answer was the right one by the simulator's own arithmetic.
            #expect(outcome.rungs(with: "│ INVITE") >= 2 && outcome.seen.first == "INVITE without credentials")
            #expect(outcome.seen.dropFirst().allSatisfy { $0.hasSuffix(": right") }, "\(outcome.seen)")
        }
        #expect(try await good[3].rungs(with: "│ INVITE") == 3, "one for the stale nonce")
        #expect(try await good[4].seen.last == "BYE with credentials: right")
        for (outcome, tries) in zip(try await bad, [3, 1, 1]) {
            #expect(outcome.cause == "authentication" && !outcome.sentence.isEmpty, "\(outcome.record)")
            #expect(outcome.rungs(with: "│ INVITE") == tries, "\(outcome.ladder)")
            #expect(outcome.rungs(with: "│ ACK") == tries)
            #expect(outcome.record["answered"]?.isNull == true)
        }
        #expect(try await bad[1].seen == ["INVITE without credentials"], "nothing was hashed for a stranger")
        try await bench.close()
    }
}
