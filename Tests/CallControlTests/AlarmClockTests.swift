import CallControl
import Synchronization
import Testing
import Timekeeping

/// Alarms ring once, in order, and only when they are due.
@Suite struct AlarmClockTests {
    private final class Rung: Sendable {
        private let keys = Mutex<[String]>([])
        private let time = Mutex(Instant.origin)

        var now: Instant { self.time.withLock { $0 } }

        func advance(to now: Instant) { self.time.withLock { $0 = now } }
        func note(_ key: String) { self.keys.withLock { $0.append(key) } }

        func take() -> [String] {
            self.keys.withLock { keys in
                defer { keys = [] }
                return keys
            }
        }
    }

    @Test func ringsWhatIsDueAndNothingElse() {
        let rung = Rung()
        let clock = AlarmClock<String>(now: { rung.now }, ring: { rung.note($0) })
        clock.set("late", to: .origin + .seconds(9))
        clock.set("early", to: .origin + .seconds(1))
        clock.set("moved", to: .origin + .seconds(1))
        clock.set("moved", to: .origin + .seconds(5))
        clock.set("taken back", to: .origin + .seconds(1))
        clock.set("taken back", to: nil)
        clock.ringDue()
        #expect(rung.take() == [])
        rung.advance(to: .origin + .seconds(1))
        clock.ringDue()
        #expect(rung.take() == ["early"])
        clock.ringDue()
        #expect(rung.take() == [], "an alarm rings once")
        rung.advance(to: .origin + .seconds(20))
        clock.ringDue()
        #expect(rung.take() == ["moved", "late"])
    }
}
