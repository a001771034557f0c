import SIPSyntax
import SIPTransaction
import Testing
import Timekeeping

/// RFC 3261 section 17.1.1 with RFC 6026 section 7.2; timers A, B, D and M of table 4.
@Suite struct InviteClientTransactionTests {
    private func transaction(
        reliable: Bool = false, timings: TransactionTimings = .standard
    ) -> InviteClientTransaction {
        InviteClientTransaction(timings: timings, isReliable: reliable, at: .origin)
    }

    /// Timer A doubles from T1 without a limit; timer B ends it at 64·T1.
    @Test func requestIsSentAgainUntilTimerB() {
        var transaction = self.transaction()
        var resends: [Duration] = []
        var end: Duration?
        while let deadline = transaction.deadline {
            switch transaction.handleTimeout(at: deadline) {
            case [.sendRequest]: resends.append(Instant.origin.duration(to: deadline))
            case [.timedOut]: end = Instant.origin.duration(to: deadline)
            case let actions: Issue.record("unexpected \(actions)")
            }
        }
        #expect(resends == [500, 1500, 3500, 7500, 15500, 31500].map { .milliseconds($0) })
        #expect(end == .seconds(32))
        #expect(transaction.state == .terminated)
    }

    /// Streams do not lose: only timer B runs.
    @Test func reliableTransportSendsOnce() {
        var transaction = self.transaction(reliable: true)
        #expect(transaction.deadline == .milliseconds(32_000))
        #expect(transaction.handleTimeout(at: .milliseconds(32_000)) == [.timedOut])
        #expect(transaction.state == .terminated)
    }

    /// Other base timers shift everything with them.
    @Test func timingsAreConfigurable() {
        let timings = TransactionTimings(roundTrip: .milliseconds(100))
        var transaction = self.transaction(timings: timings)
        #expect(transaction.deadline == .milliseconds(100))
        #expect(transaction.handleTimeout(at: .milliseconds(100)) == [.sendRequest])
        #expect(transaction.deadline == .milliseconds(300))
        #expect(timings.transactionLifetime == .milliseconds(6400))
    }

    @Test func provisionalStopsTheTimers() {
        var transaction = self.transaction()
        #expect(transaction.receive(.trying, at: .milliseconds(20)) == [.passUp])
        #expect(transaction.state == .proceeding)
        #expect(transaction.deadline == nil)
        #expect(transaction.receive(.ringing, at: .milliseconds(30)) == [.passUp])
        #expect(transaction.state == .proceeding)
    }

    /// RFC 6026: each 2xx is passed up until timer M, 64·T1 after the first.
    @Test(arguments: [false, true])
    func everySuccessIsPassedUpUntilTimerM(reliable: Bool) {
        var transaction = self.transaction(reliable: reliable)
        #expect(transaction.receive(.ok, at: .milliseconds(100)) == [.passUp])
        #expect(transaction.state == .accepted)
        #expect(transaction.receive(.ok, at: .milliseconds(600)) == [.passUp])
        #expect(transaction.receive(.ringing, at: .milliseconds(700)) == [])
        #expect(transaction.receive(.busyHere, at: .milliseconds(700)) == [])
        #expect(transaction.deadline == .milliseconds(32_100))
        #expect(transaction.handleTimeout(at: .milliseconds(32_100)) == [])
        #expect(transaction.state == .terminated)
        #expect(transaction.receive(.ok, at: .milliseconds(32_200)) == [])
    }

    /// A 3xx-6xx is acknowledged each time and passed up once; timer D keeps it 32 s.
    @Test(arguments: [StatusCode.movedTemporarily, .busyHere, .serviceUnavailable, .decline])
    func failureIsAcknowledgedEachTime(status: StatusCode) {
        var transaction = self.transaction()
        #expect(transaction.receive(.ringing, at: .milliseconds(50)) == [.passUp])
        #expect(transaction.receive(status, at: .milliseconds(100)) == [.sendACK, .passUp])
        #expect(transaction.state == .completed)
        #expect(transaction.receive(status, at: .milliseconds(600)) == [.sendACK])
        #expect(transaction.receive(.ringing, at: .milliseconds(600)) == [])
        #expect(transaction.receive(.ok, at: .milliseconds(600)) == [])
        #expect(transaction.deadline == .milliseconds(32_100))
        #expect(transaction.handleTimeout(at: .milliseconds(32_100)) == [])
        #expect(transaction.state == .terminated)
    }

    /// Timer D is at least 32 s, however short T1 is.
    @Test func timerDIsNeverShorterThan32Seconds() {
        let timings = TransactionTimings(roundTrip: .milliseconds(10))
        var transaction = self.transaction(timings: timings)
        _ = transaction.receive(.busyHere, at: .origin)
        #expect(transaction.deadline == .milliseconds(32_000))
    }

    /// Timer D is 0 on streams.
    @Test func failureEndsAReliableTransaction() {
        var transaction = self.transaction(reliable: true)
        #expect(transaction.receive(.busyHere, at: .milliseconds(100)) == [.sendACK, .passUp])
        #expect(transaction.state == .terminated)
        #expect(transaction.deadline == nil)
    }

    @Test func earlyTimeoutDoesNothing() {
        var transaction = self.transaction()
        #expect(transaction.handleTimeout(at: .milliseconds(499)) == [])
        #expect(transaction.deadline == .milliseconds(500))
    }

    @Test func terminateStopsEverything() {
        var transaction = self.transaction()
        transaction.terminate()
        #expect(transaction.state == .terminated)
        #expect(transaction.deadline == nil)
        #expect(transaction.receive(.busyHere, at: .origin) == [])
    }
}
