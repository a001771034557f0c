import RTP
import Testing
import Timekeeping

/// RFC 3550 section 6.3.1: minimum, randomisation, compensation, bandwidth.
@Suite struct RTCPScheduleTests {
    /// Gives the same word for ever: the beginning or the middle of the random factor.
    private struct Fixed: RandomNumberGenerator {
        var word: UInt64
        mutating func next() -> UInt64 { self.word }
    }

    private func seconds(from start: Instant, to end: Instant) -> Double {
        start.duration(to: end).inSeconds
    }

    /// 2.5 s first, then 5 s, each times 0.5 to 1.5 and divided by e - 1.5.
    @Test(arguments: [(UInt64.min, 0.5), (UInt64(1) << 52, 1.0)]) func intervals(_ word: UInt64, _ factor: Double) {
        var random = Fixed(word: word)
        var schedule = RTCPSchedule(at: .origin, using: &random)
        #expect(abs(self.seconds(from: .origin, to: schedule.deadline) - 2.5 * factor / 1.21828) < 0.01)
        let now = schedule.deadline
        #expect(schedule.isDue(at: now) && !schedule.isDue(at: now - .nanoseconds(1)))
        schedule.sent(lengthInBytes: 80, at: now, using: &random)
        #expect(abs(self.seconds(from: now, to: schedule.deadline) - 5 * factor / 1.21828) < 0.01)
    }

    /// Where the bandwidth is small, it decides: 5 % of 1,000 bit/s are 6.25 octets a second.
    @Test func bandwidthBounds() {
        var random = Fixed(word: 0)
        var schedule = RTCPSchedule(at: .origin, sessionBandwidth: 1_000, using: &random)
        let now = schedule.deadline
        schedule.sent(lengthInBytes: 72, at: now, using: &random)
        #expect(abs(self.seconds(from: now, to: schedule.deadline) - 2 * 100 / 6.25 * 0.5 / 1.21828) < 0.1)
    }

    /// A mean interval of about 5 s with real randomness, none outside the bounds.
    @Test func meanInterval() {
        var random = SeededGenerator(seed: 3_550)
        var schedule = RTCPSchedule(at: .origin, using: &random)
        var total = 0.0
        for _ in 0..<2_000 {
            let now = schedule.deadline
            schedule.received(lengthInBytes: 100)
            schedule.sent(lengthInBytes: 100, at: now, using: &random)
            let interval = self.seconds(from: now, to: schedule.deadline)
            #expect((2.04...6.17).contains(interval))
            total += interval
        }
        #expect((3.9...4.3).contains(total / 2_000))
        #expect(abs(schedule.averageLengthInBytes - 128) < 1)
    }
}
