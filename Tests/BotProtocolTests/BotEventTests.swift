import BotProtocol
import PCM
import Testing
import Timekeeping

/// The words of the protocol as values: what is equal, what is written how.
struct BotEventTests {
    @Test(arguments: [
        (BotStopReason.botHangup, "bot_hangup"), (.remoteHangup, "remote_hangup"), (.notAnswered, "not_answered"),
        (.gatewayHangup, "gateway_hangup"), (.failure, "failure"),
    ])
    func stopReasons(reason: BotStopReason, word: String) {
        #expect(reason.rawValue == word)
        #expect(BotStopReason(rawValue: word) == reason)
    }

    @Test func otherWords() {
        #expect(CallDirection.inbound.rawValue == "inbound")
        #expect(CallDirection.outbound.rawValue == "outbound")
        #expect(MarkOutcome.played.rawValue == "played")
        #expect(MarkOutcome.cleared.rawValue == "cleared")
        #expect(BotOverflow.Side.toBot.rawValue == "to_bot")
        #expect(BotOverflow.Side.fromBot.rawValue == "from_bot")
    }

    @Test func startHasPlainDefaults() {
        let start = BotStart(callID: "c", direction: .inbound, from: "1", to: "2")
        #expect(start.parameters.isEmpty)
        #expect(start.headers.isEmpty)
        #expect(start.rate == .hz8000)
    }

    /// Names may come twice, as headers do, and their order tells.
    @Test func orderOfParametersCounts() {
        var first = BotStart(callID: "c", direction: .inbound, from: "1", to: "2")
        var second = first
        first.headers = [NamedValue("X-A", "1"), NamedValue("X-A", "2")]
        second.headers = first.headers.reversed()
        #expect(BotEvent.start(first) != .start(second))
        #expect(BotEvent.start(first) == .start(first))
    }

    @Test func eventsDifferByTheirValues() {
        let events: [BotEvent] = [
            .answered,
            .mark(name: "m", outcome: .played, heard: .seconds(1)),
            .mark(name: "m", outcome: .cleared, heard: .seconds(1)),
            .mark(name: "m", outcome: .played, heard: .seconds(2)),
            .cleared(heard: .seconds(1), marks: []),
            .cleared(heard: .seconds(1), marks: ["m"]),
            .overflow(BotOverflow(side: .toBot, dropped: .seconds(1))),
            .overflow(BotOverflow(side: .fromBot, dropped: .seconds(1))),
            .stop(.failure),
            .stop(.botHangup),
        ]
        #expect(Set(events).count == events.count)
    }

    @Test func commandsDifferByTheirValues() throws {
        let digits = try #require(DTMFDigit.digits(in: "12"))
        let commands: [BotCommand] = [
            .ready(rate: nil), .ready(rate: .hz8000), .ready(rate: .hz16000), .play(prompt: "a"), .play(prompt: "b"),
            .mark(name: "a"), .clear, .dtmf(digits), .dtmf(digits.reversed()), .hangup(reason: nil),
            .hangup(reason: "done"),
        ]
        #expect(Set(commands).count == commands.count)
    }

    @Test func clearPolicies() {
        let policies: Set<ClearPolicy> = [.returnPendingMarks, .reportCleared, .dropSilently, .ackOnce]
        #expect(policies.count == 4)
    }
}
