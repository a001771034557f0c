import FlowSimulator
import JSON
import Testing

/// Misdeeds that are over only when a timer of an RFC says so: their calls wait side by side, in one gateway.
@Suite(.timeLimit(.minutes(3)))
struct MisdeedPatienceTests {
    @Test func theLongWaits() async throws {
        let bench = try await MisdeedBench(
            [
                .init("ours", "sessionTimer: {expires: 90s, refresher: gateway}", over: .tls),
                .init("theirs", "sessionTimer: {expires: 90s, refresher: edge, refresh: update}"),
                .init("reinvite", "sessionTimer: {expires: 90s, refresher: edge, refresh: invite}", over: .udp),
                .init("omitted", "sessionTimer: {expires: 90s, refresher: edge, refresh: none}"),
                .init(
                    "longer", "sessionTimer: {expires: 120s, minSE: 120s}",
                    trunk: ["sessionTimer: {interval: 100s, minimum: 90s}"]),
                .init("unanswered", "bye: unanswered"), .init("unansweredDatagram", "bye: unanswered", over: .udp),
                .init("silent", "noResponse: silence"), .init("deaf", "noResponse: silence", over: .udp),
                .init("closing", "noResponse: close", over: .tls),
            ])
        async let refreshed: Void = Self.sessionsAreRefreshed(bench)
        async let expired: Void = Self.sessionsThatNobodyRefreshes(bench)
        async let unanswered: Void = Self.byesWithoutAnAnswer(bench)
        async let silent: Void = Self.invitesWithoutAnAnswer(bench)
        _ = try await (refreshed, expired, unanswered, silent)
        try await bench.close(isAtRest: true)
    }

    /// RFC 4028 in both roles: 422 is obeyed, we refresh where that is our part, and take UPDATE and re-INVITE where not.
    private static func sessionsAreRefreshed(_ bench: MisdeedBench) async throws {
        let past: @Sendable (String) async throws -> Void = { _ in try await Task.sleep(for: .seconds(48)) }
        async let ours = bench.call("ours", meanwhile: past)
        async let theirs = bench.call("theirs", meanwhile: past)
        async let reinvite = bench.call("reinvite", meanwhile: past)
        async let longer = bench.call("longer")
        let refreshed = try await ours
        #expect(refreshed.seen.filter { $0.hasPrefix("refresh by ") }.count == 1, "\(refreshed.seen)")
        let (updated, invited) = (try await theirs, try await reinvite)
        #expect(updated.seen.contains("200 to the edge's UPDATE"), "\(updated.seen)")
        #expect(invited.seen.contains("200 to the edge's INVITE"), "\(invited.seen)")
        for outcome in [refreshed, updated, invited] {
            #expect(outcome.cause == "hangup" && outcome.endedBy == "operator", "\(outcome.record)")
            #expect(outcome.talked(atLeast: 25))
        }
        let widened = try await longer
        #expect(widened.cause == "hangup" && widened.seen.first == "Session-Expires 100", "\(widened.seen)")
        #expect(widened.rungs(with: "422 Session Interval Too Small") == 1 && widened.rungs(with: "│ INVITE") == 2)
    }

    /// RFC 4028 section 10: where the carrier leaves its part out we end the call before the interval is over.
    private static func sessionsThatNobodyRefreshes(_ bench: MisdeedBench) async throws {
        let expired = try await bench.call("omitted", hangsUp: false, meanwhile: { _ in })
        #expect(expired.cause == "session-expired" && expired.endedBy == "gateway", "\(expired.record)")
        #expect(expired.seen == ["BYE within the session's interval"], "\(expired.seen)")
        #expect((50_000...90_000).contains(expired.record["duration_ms"]?.asInt ?? 0))
        #expect(expired.rungs(with: "│ BYE") == 1 && expired.talked(atLeast: 25))
    }

    /// RFC 3261 section 17.1.2: resent over UDP only, given up after 64 times T1; the call's end does not wait for it, and
    /// nothing of it is left (`close`).
    private static func byesWithoutAnAnswer(_ bench: MisdeedBench) async throws {
        async let streamed = bench.call("unanswered")
        async let datagram = bench.call("unansweredDatagram")
        for outcome in [try await streamed, try await datagram] {
            #expect(outcome.cause == "hangup" && outcome.endedBy == "operator", "\(outcome.record)")
            #expect(outcome.talked(atLeast: 0.5) && outcome.seen.first == "BYE, left unanswered", "\(outcome.seen)")
        }
        #expect(try await streamed.report.messagesReceived["BYE"] == 1)
    }

    /// Nothing at all is given up with timer B, over UDP after copies of the INVITE; a connection that is closed at the
    /// INVITE is no answer either.
    private static func invitesWithoutAnAnswer(_ bench: MisdeedBench) async throws {
        async let silent = bench.call("silent")
        async let deaf = bench.call("deaf")
        async let closing = bench.call("closing")
        for outcome in [try await silent, try await deaf, try await closing] {
            #expect(outcome.cause == "unreachable" && outcome.endedBy == "carrier", "\(outcome.record)")
            #expect(outcome.record["ringing"]?.isNull == true && !outcome.sentence.isEmpty)
            // RFC 3261 section 9.1: no CANCEL before a provisional response.
            #expect(outcome.rungs(with: "CANCEL") == 0, "\(outcome.ladder)")
            #expect(outcome.report.messagesSent.isEmpty, "\(outcome.report.messagesSent)")
        }
        #expect(try await silent.rungs(with: "│ INVITE") == 1)
        #expect(try await deaf.rungs(with: "│ INVITE") == 7, "at 0, 0.5, 1.5, 3.5, 7.5, 15.5 and 31.5 s")
        #expect(try await closing.rungs(with: "│ INVITE") == 1, "it may have begun a call")
    }
}
