import Testing
import Timekeeping
import Trunks

/// When an address is taken out of use, and when it comes back.
@Suite struct PointOfPresenceHealthTests {
    private func health(failuresMax: Int = 3, answersMin: Int = 2) -> PointOfPresenceHealth {
        var check = HealthCheck()
        check.failuresMax = failuresMax
        check.answersMin = answersMin
        return PointOfPresenceHealth(check)
    }

    @Test func itBeginsUp() {
        #expect(self.health().isUp)
    }

    /// One lost datagram is no outage: only failures in a row count.
    @Test func failuresInARowTakeItDown() {
        var health = self.health()
        for isAlive in [false, false, true, false, false] { #expect(health.note(isAlive: isAlive) == nil) }
        #expect(health.isUp)
        #expect(health.note(isAlive: false) == .wentDown)
        #expect(!health.isUp)
        #expect(health.note(isAlive: false) == nil)
    }

    /// A flapping address stays down until it answers in a row.
    @Test func answersInARowBringItBack() {
        var health = self.health(failuresMax: 1)
        #expect(health.note(isAlive: false) == .wentDown)
        for isAlive in [true, false, true, false, true] { #expect(health.note(isAlive: isAlive) == nil) }
        #expect(!health.isUp)
        #expect(health.note(isAlive: true) == .cameUp)
        #expect(health.state == .up(failures: 0))
    }

    @Test func withoutHysteresisEachCheckDecides() {
        var health = self.health(failuresMax: 1, answersMin: 1)
        #expect(health.note(isAlive: false) == .wentDown)
        #expect(health.note(isAlive: true) == .cameUp)
        #expect(health.note(isAlive: true) == nil)
    }

    /// 30 to 60 s, spread over the whole range.
    @Test func pausesAreSpread() {
        var random = SeededGenerator(seed: 5)
        let health = self.health()
        let pauses = (0..<500).map { _ in health.pause(using: &random) }
        #expect(pauses.allSatisfy { (.seconds(30)...(.seconds(60))).contains($0) })
        #expect(pauses.contains { $0 < .seconds(32) })
        #expect(pauses.contains { $0 > .seconds(58) })
    }
}
