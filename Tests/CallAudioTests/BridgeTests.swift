import BotProtocol
import CallAudio
import Testing
import Timekeeping

/// A far end that hears another call in place of its bot.
@Suite struct BridgeTests {
    /// What the other far end says is heard, the bot is not, and it hears nothing; afterwards all is as before.
    @Test func theFarEndHearsTheOtherCallInPlaceOfTheBot() {
        var call = VirtualCall.answered(records: true)
        call.botSays([Int16](repeating: -6_000, count: 16_000))
        call.run(slots: 5) { _ in sawtooth(0..<160) }
        let framesBefore = call.botFrames
        call.path.joinBridge(into: &call.output)
        call.collect()
        let sentBefore = call.sent.count
        for slot in 0..<50 {
            let frame = sawtooth((slot * 160)..<((slot + 1) * 160))
            call.farSpeaks(sawtooth(0..<160))
            call.path.receiveBridged(frame.span)
            call.slot()
        }
        #expect(call.botFrames == framesBefore, "a bot whose far end speaks with somebody else hears nothing")
        #expect(call.sent.count == sentBefore + 50, "one packet a slot")
        let heard = call.sent[(sentBefore + 1)...].flatMap(\.payload).count { $0 != 0xD5 }
        #expect(heard == 49 * 160)
        #expect(call.recordedRight.suffix(4_000).contains { $0 > 3_000 }, "the recording has the other far end")
        call.path.leaveBridge()
        call.botSays([Int16](repeating: -6_000, count: 3_200))
        call.run(slots: 15) { _ in sawtooth(0..<160) }
        #expect(call.botFrames == framesBefore + 15)
        #expect(call.heardByFarEnd.suffix(800).contains { $0 < -5_000 })
    }

    /// Joining drops what the bot had queued, and says so.
    @Test func joiningClearsTheBotsQueue() {
        var call = VirtualCall.answered()
        call.botSays([Int16](repeating: 4_000, count: 16_000))
        call.bot(.mark(name: "end"))
        call.path.joinBridge(into: &call.output)
        call.collect()
        #expect(call.path.isQueueEmpty)
        #expect(call.marks.map(\.outcome) == [.cleared])
    }

    /// Frames that are not taken in time are dropped, the oldest first: late speech is worse than a hole.
    @Test func theQueueIsBounded() {
        var call = VirtualCall.answered()
        call.path.joinBridge(into: &call.output)
        for level in 1...10 {
            let frame = [Int16](repeating: Int16(level) * 1_000, count: AudioPath.frameLength)
            call.path.receiveBridged(frame.span)
        }
        call.run(slots: 5)
        let heard = call.heardByFarEnd
        #expect((7_000...9_000).contains(Int(heard[100])), "the eighth frame is the first of the last three")
        #expect((9_000...11_000).contains(Int(heard[420])))
        #expect(abs(Int(heard[700])) < 100, "and then there is silence")
    }
}
