import BotProtocol
import PCM
import Testing
import Timekeeping

/// The words of the protocol as values: what is equal, what is written how.
struct BotEventTests {
    @Test(arguments: [
        (BotStopReason.botHangup, "bot_hangup"), (.remoteHangup, "remote_hangup"), (.notAnswered, "not_answered"),
        (.gatewayHangup, "gateway_hangup"), (.transferred, "transferred"), (.failure, "failure"),
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
        #expect(BotHoldParty.remote.rawValue == "remote")
        #expect(BotHoldParty.local.rawValue == "local")
        let steps: [BotTransferProgress.Step] = [.trying, .ringing, .accepted, .failed, .returned]
        #expect(steps.map(\.rawValue) == ["trying", "ringing", "accepted", "failed", "returned"])
        #expect(BotTransferProgress(.failed, status: 486, reason: "Busy.").words == "failed (486): Busy.")
        #expect(BotTransferProgress(.trying).words == "trying")
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
            .answered, .ringing(status: 180), .ringing(status: 183), .earlyMedia(status: 183), .held(by: .remote),
            .held(by: .local), .resumed(by: .local), .transfer(BotTransferProgress(.trying)),
            .transfer(BotTransferProgress(.ringing)),
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
            .hangup(reason: "done"), .answer, .hold, .resume, .transfer(BotTransfer(to: "1")),
            .transfer(BotTransfer(to: "2")),
        ]
        #expect(Set(commands).count == commands.count)
    }

    @Test func clearPolicies() {
        let policies: Set<ClearPolicy> = [.returnPendingMarks, .reportCleared, .dropSilently, .ackOnce]
        #expect(policies.count == 4)
    }
}

/// The queue's promise about `heard`, as values that a bot can subtract.
struct HeardTests {
    /// Three sentences of 2 s, the second cut after 0.7 s: what a bot learns from the differences.
    @Test func differencesAreWhatWasHeard() {
        let events: [BotEvent] = [
            .mark(name: "one", outcome: .played, heard: .seconds(2)),
            .mark(name: "two", outcome: .cleared, heard: .milliseconds(2_700)),
            .cleared(heard: .milliseconds(2_700), marks: ["two"]),
            .mark(name: "three", outcome: .played, heard: .milliseconds(4_700)),
        ]
        let positions = events.map { event -> Int64 in
            switch event {
            case .mark(_, _, let heard, _), .cleared(let heard, _, _), .status(let heard, _): heard.inMilliseconds
            case .start, .ringing, .earlyMedia, .answered, .held, .resumed, .transfer, .dtmf, .backPressure, .drained,
                .overflow, .silence, .stop:
                -1
            }
        }
        #expect(positions == positions.sorted())
        #expect(zip(positions.dropFirst(), positions).map { $0 - $1 } == [700, 0, 2_000])
    }

    @Test func namedValues() {
        #expect(NamedValue("a", "1") == NamedValue("a", "1"))
        #expect(NamedValue("a", "1") != NamedValue("A", "1"))
        #expect(NamedValue("a", "1") != NamedValue("a", "2"))
    }

    @Test func overflowsAreValues() {
        var overflow = BotOverflow(side: .fromBot, dropped: .seconds(1))
        overflow.dropped += .milliseconds(20)
        #expect(overflow == BotOverflow(side: .fromBot, dropped: .milliseconds(1_020)))
    }
}
