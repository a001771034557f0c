import Testing
import Timekeeping

@Suite struct InstantTests {
    @Test func durationBetweenInstantsIsSigned() {
        let later = Instant.origin + .milliseconds(1_500)
        #expect(Instant.origin.duration(to: later) == .milliseconds(1_500))
        #expect(later.duration(to: .origin) == .milliseconds(-1_500))
        #expect(later - .milliseconds(500) == .origin + .seconds(1))
        #expect(Instant.origin < later)
    }

    @Test func durationsConvertToWholeUnits() {
        #expect(Duration.milliseconds(20).inNanoseconds == 20_000_000)
        #expect(Duration.microseconds(-1_500).inMilliseconds == -1)
        #expect(Duration.milliseconds(250).inSeconds == 0.25)
    }

    /// Dates checked with `date -u -d @SECONDS`; a leap day, a century that is none, and a time before the epoch.
    @Test(arguments: [
        (0, "1970-01-01T00:00:00.000Z"),
        (951_782_400_000, "2000-02-29T00:00:00.000Z"),
        (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
        (1_795_413_720_125, "2026-11-23T06:02:00.125Z"),
        (-1, "1969-12-31T23:59:59.999Z"),
    ])
    func anchorWritesUTC(milliseconds: Int, text: String) {
        let anchor = WallClockAnchor(instant: .origin, sinceEpoch: .milliseconds(milliseconds - 500))
        #expect(anchor.timestamp(at: .origin + .milliseconds(500)) == text)
    }
}
