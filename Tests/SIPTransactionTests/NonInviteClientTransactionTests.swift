import SIPSyntax
import SIPTransaction
import Testing
import Timekeeping

/// RFC 3261 section 17.1.2; timers E, F and K of table 4.
@Suite struct NonInviteClientTransactionTests {
    private func transaction(reliable: Bool = false) -> NonInviteClientTransaction {
        NonInviteClientTransaction(timings: .standard, isReliable: reliable, at: .origin)
    }

    private func run(_ transaction: inout NonInviteClientTransaction) -> (resends: [Int64], end: Int64?) {
        var resends: [Int64] = []
        var end: Int64?
        while let deadline = transaction.deadline {
            let actions = transaction.handleTimeout(at: deadline)
            let time = Instant.origin.duration(to: deadline).inMilliseconds
            if actions == [.sendRequest] { resends.append(time) }
            if actions == [.timedOut] { end = time }
        }
        return (resends, end)
    }

    /// Timer E doubles up to T2; timer F ends it at 64·T1.
    @Test func requestIsSentAgainUntilTimerF() {
        var transaction = self.transaction()
        let (resends, end) = self.run(&transaction)
        #expect(resends == [500, 1500, 3500, 7500, 11500, 15500, 19500, 23500, 27500, 31500])
        #expect(end == 32_000)
        #expect(transaction.state == .terminated)
    }

    @Test func reliableTransportSendsOnce() {
        var transaction = self.transaction(reliable: true)
        let (resends, end) = self.run(&transaction)
        #expect(resends.isEmpty)
        #expect(end == 32_000)
    }

    /// After a 1xx the request still is sent again, each T2 once timer E has fired, and timer F still ends it.
    @Test func provisionalSlowsTheRetransmission() {
        var transaction = self.transaction()
        #expect(transaction.receive(.trying, at: .milliseconds(100)) == [.passUp])
        #expect(transaction.state == .proceeding)
        #expect(transaction.receive(.trying, at: .milliseconds(120)) == [.passUp])
        let (resends, end) = self.run(&transaction)
        #expect(resends == [500, 4500, 8500, 12500, 16500, 20500, 24500, 28500])
        #expect(end == 32_000)
    }

    /// The final answer is passed up once; timer K absorbs its retransmissions for T4.
    @Test(arguments: [StatusCode.ok, .movedTemporarily, .callDoesNotExist, .serverInternalError, .decline])
    func finalAnswerIsPassedUpOnce(status: StatusCode) {
        var transaction = self.transaction()
        #expect(transaction.receive(status, at: .milliseconds(100)) == [.passUp])
        #expect(transaction.state == .completed)
        #expect(transaction.receive(status, at: .milliseconds(200)) == [])
        #expect(transaction.receive(.trying, at: .milliseconds(200)) == [])
        #expect(transaction.deadline == .milliseconds(5100))
        #expect(transaction.handleTimeout(at: .milliseconds(5100)) == [])
        #expect(transaction.state == .terminated)
    }

    @Test func finalAnswerAfterAProvisional() {
        var transaction = self.transaction()
        _ = transaction.receive(.trying, at: .milliseconds(100))
        #expect(transaction.receive(.ok, at: .milliseconds(200)) == [.passUp])
        #expect(transaction.deadline == .milliseconds(5200))
    }

    /// Timer K is 0 on streams.
    @Test func finalAnswerEndsAReliableTransaction() {
        var transaction = self.transaction(reliable: true)
        #expect(transaction.receive(.ok, at: .milliseconds(100)) == [.passUp])
        #expect(transaction.state == .terminated)
        #expect(transaction.deadline == nil)
        #expect(transaction.receive(.ok, at: .milliseconds(100)) == [])
    }

    @Test func terminateStopsEverything() {
        var transaction = self.transaction()
        transaction.terminate()
        #expect(transaction.deadline == nil)
        #expect(transaction.handleTimeout(at: .milliseconds(40_000)) == [])
    }
}
