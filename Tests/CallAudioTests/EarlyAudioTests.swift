import BotProtocol
import CallAudio
import PCM
import Testing
import Timekeeping

/// Audio before the answer, hold as the bot is told of it, and who is told what.
@Suite struct EarlyAudioTests {
    private static func called() -> VirtualCall {
        var call = VirtualCall(timeout: .seconds(2))
        call.attach(rate: .hz8000)
        call.path.connect(VirtualCall.parameters, at: call.now)
        return call
    }

    private static func events(_ call: VirtualCall) -> [BotEvent] { call.botEvents.dropFirst().map(\.event) }

    /// Without early audio the bot hears nothing before the answer, and the far end gets comfort silence.
    @Test func nothingFlowsBeforeTheAnswer() {
        var call = Self.called()
        call.botSays([Int16](repeating: 4_000, count: 1_600))
        call.run(slots: 20) { _ in sawtooth(0..<160) }
        #expect(call.botFrames == 0)
        #expect(call.sent.count == 20 && call.audibleSent == 0)
    }

    @Test func theBotHearsEarlyMediaAndIsNotHeard() {
        var call = Self.called()
        call.path.tell(.earlyMedia(status: 183), into: &call.output)
        call.path.flowEarly(.heardByBot)
        call.botSays([Int16](repeating: 4_000, count: 1_600))
        call.run(slots: 20) { _ in sawtooth(0..<160) }
        #expect(Self.events(call) == [.earlyMedia(status: 183)])
        #expect(call.botFrames == 20 && call.botAudio.contains { $0 > 3_000 })
        #expect(call.audibleSent == 0)
        call.path.answered(at: call.now, into: &call.output)
        call.run(slots: 20) { _ in sawtooth(0..<160) }
        #expect(Self.events(call).last == .answered)
        #expect(call.audibleSent > 5, "what the bot said before the answer is heard after it")
    }

    @Test func bothWaysPlaysBeforeTheAnswer() {
        var call = Self.called()
        call.path.flowEarly(.bothWays)
        call.botSays([Int16](repeating: 4_000, count: 3_200))
        call.run(slots: 20)
        #expect(call.audibleSent > 10)
        call.path.answered(at: call.now, into: &call.output)
        call.path.flowEarly(.none)
        call.botSays([Int16](repeating: 4_000, count: 3_200))
        let before = call.audibleSent
        call.run(slots: 20)
        #expect(call.audibleSent > before, "an answered call is never early again")
    }

    /// A far end that rings in silence owes no audio: the watchdog begins with the answer.
    @Test func theWatchdogBeginsWithTheAnswer() {
        var call = Self.called()
        call.path.flowEarly(.heardByBot)
        call.run(slots: 500)
        #expect(!call.events.contains(.mediaTimeout))
        call.path.answered(at: call.now, into: &call.output)
        call.run(slots: 90)
        #expect(!call.events.contains(.mediaTimeout))
        call.run(slots: 20)
        #expect(call.events.contains(.mediaTimeout))
    }

    /// A bot that comes late learns how its call stands with its start.
    @Test func aLateBotIsToldWhatItMissed() {
        var ringing = VirtualCall()
        ringing.path.tell(.ringing(status: 180), into: &ringing.output)
        ringing.path.tell(.ringing(status: 183), into: &ringing.output)
        ringing.attach(rate: .hz8000)
        #expect(Self.events(ringing) == [.ringing(status: 183)])

        var held = VirtualCall()
        held.path.tell(.ringing(status: 180), into: &held.output)
        held.path.connect(VirtualCall.parameters, at: held.now)
        held.path.answered(at: held.now, into: &held.output)
        held.path.tell(.held(by: .remote), into: &held.output)
        held.attach(rate: .hz8000)
        #expect(Self.events(held) == [.answered, .held(by: .remote)])

        var resumed = VirtualCall()
        resumed.path.tell(.held(by: .remote), into: &resumed.output)
        resumed.path.tell(.resumed(by: .remote), into: &resumed.output)
        resumed.attach(rate: .hz8000)
        #expect(Self.events(resumed) == [])
    }

    /// A bot's wishes that are signalling's to do are the owner's.
    @Test func wishesGoToTheOwner() {
        var call = VirtualCall.answered()
        let transfer = BotTransfer(to: "+918000000009")
        for command in [BotCommand.answer, .hold, .resume, .transfer(transfer), .transferToCall("00ff")] {
            call.bot(command)
        }
        #expect(
            call.events == [
                .botWish(.answer), .botWish(.hold), .botWish(.resume), .botWish(.transfer(transfer)),
                .botWish(.transferToCall("00ff")),
            ])
    }
}
