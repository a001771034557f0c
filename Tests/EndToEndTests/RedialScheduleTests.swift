import SIPEndpoint
import Testing

/// How a lost connection is dialled again, without a clock.
@Suite struct RedialScheduleTests {
    @Test func pausesDoubleAndEnd() {
        var schedule = RedialSchedule()
        var random = SystemRandomNumberGenerator()
        var pauses: [Duration] = []
        while let pause = schedule.next(using: &random) { pauses.append(pause) }
        #expect(pauses.count == RedialSchedule.attemptsMax)
        for (index, pause) in pauses.enumerated() {
            let length = min(Duration.milliseconds(500) * (1 << index), RedialSchedule.pauseMax)
            #expect((length / 2...length).contains(pause))
        }
    }
}
