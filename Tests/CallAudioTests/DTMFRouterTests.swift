import BotProtocol
import CallAudio
import RTP
import Testing
import Timekeeping

/// Digits both ways, above the event machines of the RTP room.
@Suite struct DTMFRouterTests {
    static func digits(_ text: String) throws -> [DTMFDigit] {
        try #require(DTMFDigit.digits(in: text))
    }

    @Test func digitsLeaveInOrderEachCompletedOnce() throws {
        var router = DTMFRouter()
        router.send(try Self.digits("12#"), isNegotiated: true)
        var completed: [DTMFDigit] = []
        var timestamps: [RTPTimestamp] = []
        var slots = 0
        var timestamp = RTPTimestamp(1_000)
        while router.isSending, slots < 200 {
            switch router.nextSlot(at: timestamp, samples: 160) {
            case .audio, .pause: break
            case .event(let packet, let digit):
                if packet.marker { timestamps.append(packet.timestamp) }
                if let digit { completed.append(digit) }
            }
            timestamp = timestamp.advanced(by: 160)
            slots += 1
        }
        #expect(completed == (try Self.digits("12#")))
        #expect(router.sent == "12#")
        #expect(Set(timestamps).count == 3)
        #expect(router.nextSlot(at: timestamp, samples: 160) == .audio)
    }

    @Test func withoutTelephoneEventEveryDigitIsRefused() throws {
        var router = DTMFRouter()
        router.send(try Self.digits("123"), isNegotiated: false)
        #expect(router.refused == 3)
        #expect(!router.isSending)
    }

    /// The event machine's queue is the limit; what goes beyond is counted.
    @Test func waitingDigitsAreBounded() throws {
        var router = DTMFRouter()
        router.send(Array(repeating: try Self.digits("5")[0], count: 200), isNegotiated: true)
        #expect(router.refused == UInt64(200 - TelephoneEventSender.waitingMax))
    }

    /// Each digit comes once, whichever of its packets arrive.
    @Test(arguments: [[0, 1, 2, 3, 4, 5], [5], [0, 1, 2], [3, 4, 5], [1, 4]])
    func receivedDigitIsToldOnce(arriving: [Int]) throws {
        var router = DTMFRouter()
        var told: [DTMFRouter.ReceivedDigit] = []
        for index in arriving {
            let report = TelephoneEventPayload(
                event: TelephoneEvent(code: 2), isEnd: index >= 3, volume: 10,
                duration: UInt16(min(index, 3) * 160 + 160))
            let now = Instant.origin + .milliseconds(20 * index)
            if let digit = router.receive(report, timestamp: RTPTimestamp(800), at: now) { told.append(digit) }
        }
        if let digit = router.handleTimeout(at: .origin + .seconds(2)) { told.append(digit) }
        #expect(told.map(\.digit) == (try Self.digits("2")))
        #expect(router.received == "2")
    }

    /// Flash and tones are telephone events, but no digits.
    @Test func otherEventsAreNotDigits() {
        var router = DTMFRouter()
        let report = TelephoneEventPayload(event: TelephoneEvent(code: 16), isEnd: true, volume: 10, duration: 800)
        #expect(router.receive(report, timestamp: RTPTimestamp(5), at: .origin) == nil)
        #expect(router.received.isEmpty)
    }

    /// The record keeps the first 256 digits; a caller who presses for hours fills no memory.
    @Test func recordIsBounded() {
        var router = DTMFRouter()
        for index in 0..<1_000 {
            let report = TelephoneEventPayload(event: TelephoneEvent(code: 7), isEnd: true, volume: 10, duration: 800)
            let told = router.receive(
                report, timestamp: RTPTimestamp(UInt32(index * 2_000 + 1)), at: .origin + .milliseconds(index * 250))
            #expect(told != nil)
        }
        #expect(router.received.count == DTMFRouter.recordedMax)
    }

    @Test func restartEndsTheSoundingDigit() throws {
        var router = DTMFRouter()
        let report = TelephoneEventPayload(event: TelephoneEvent(code: 9), isEnd: false, volume: 10, duration: 320)
        #expect(router.receive(report, timestamp: RTPTimestamp(5), at: .origin) == nil)
        #expect(router.sourceRestarted()?.digit == (try Self.digits("9")[0]))
    }
}
