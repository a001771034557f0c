import SIPSyntax
import SIPTransaction
import Testing
import Timekeeping

/// RFC 3261 section 17.2.1 with RFC 6026 section 7.1; timers G, H, I and L of table 4.
@Suite struct InviteServerTransactionTests {
    private func transaction(reliable: Bool = false) -> InviteServerTransaction {
        InviteServerTransaction(timings: .standard, isReliable: reliable)
    }

    @Test func provisionalIsRepeatedForARetransmission() {
        var transaction = self.transaction()
        #expect(transaction.receiveInviteAgain(hasResponse: false) == [])
        #expect(transaction.respond(.trying, at: .origin) == [.sendResponse])
        #expect(transaction.receiveInviteAgain(hasResponse: true) == [.sendResponse])
        #expect(transaction.respond(.ringing, at: .origin) == [.sendResponse])
        #expect(transaction.state == .proceeding)
        #expect(transaction.deadline == nil)
    }

    /// Timer G doubles from T1 up to T2; timer H gives up at 64·T1.
    @Test func failureIsSentAgainUntilTimerH() {
        var transaction = self.transaction()
        #expect(transaction.respond(.busyHere, at: .origin) == [.sendResponse])
        var resends: [Int64] = []
        var end: Int64?
        while let deadline = transaction.deadline {
            let actions = transaction.handleTimeout(at: deadline)
            let time = Instant.origin.duration(to: deadline).inMilliseconds
            if actions == [.sendResponse] { resends.append(time) }
            if actions == [.ackMissing] { end = time }
        }
        #expect(resends == [500, 1500, 3500, 7500, 11500, 15500, 19500, 23500, 27500, 31500])
        #expect(end == 32_000)
        #expect(transaction.state == .terminated)
    }

    /// Streams: no timer G, but timer H.
    @Test func failureIsSentOnceOnAStream() {
        var transaction = self.transaction(reliable: true)
        #expect(transaction.respond(.busyHere, at: .origin) == [.sendResponse])
        #expect(transaction.deadline == .milliseconds(32_000))
        #expect(transaction.handleTimeout(at: .milliseconds(32_000)) == [.ackMissing])
    }

    /// The ACK stops G and H; timer I absorbs further ACKs for T4.
    @Test func acknowledgementConfirms() {
        var transaction = self.transaction()
        _ = transaction.respond(.busyHere, at: .origin)
        #expect(transaction.receiveInviteAgain(hasResponse: true) == [.sendResponse])
        #expect(transaction.receiveACK(at: .milliseconds(100)) == [])
        #expect(transaction.state == .confirmed)
        #expect(transaction.receiveACK(at: .milliseconds(110)) == [])
        #expect(transaction.receiveInviteAgain(hasResponse: true) == [])
        #expect(transaction.deadline == .milliseconds(5100))
        #expect(transaction.handleTimeout(at: .milliseconds(5100)) == [])
        #expect(transaction.state == .terminated)
    }

    /// Timer I is 0 on streams.
    @Test func acknowledgementEndsAReliableTransaction() {
        var transaction = self.transaction(reliable: true)
        _ = transaction.respond(.busyHere, at: .origin)
        #expect(transaction.receiveACK(at: .milliseconds(100)) == [])
        #expect(transaction.state == .terminated)
        #expect(transaction.deadline == nil)
    }

    /// RFC 6026: after a 2xx INVITEs are absorbed, ACKs passed up, 2xx sent, until timer L.
    @Test(arguments: [false, true])
    func acceptedLastsUntilTimerL(reliable: Bool) {
        var transaction = self.transaction(reliable: reliable)
        #expect(transaction.respond(.ok, at: .milliseconds(100)) == [.sendResponse])
        #expect(transaction.state == .accepted)
        #expect(transaction.receiveInviteAgain(hasResponse: true) == [])
        #expect(transaction.respond(.ok, at: .milliseconds(600)) == [.sendResponse])
        #expect(transaction.receiveACK(at: .milliseconds(700)) == [.passUpACK])
        #expect(transaction.deadline == .milliseconds(32_100))
        #expect(transaction.handleTimeout(at: .milliseconds(32_100)) == [])
        #expect(transaction.state == .terminated)
    }

    /// A final answer is the last: nothing may follow it.
    @Test(arguments: [StatusCode.ok, .busyHere], [StatusCode.ringing, .requestTerminated])
    func nothingFollowsAFinalAnswer(first: StatusCode, second: StatusCode) {
        var transaction = self.transaction()
        #expect(transaction.respond(first, at: .origin) == [.sendResponse])
        let state = transaction.state
        #expect(transaction.respond(second, at: .origin) == [])
        #expect(transaction.state == state)
    }

    @Test func strayACKIsAbsorbed() {
        var transaction = self.transaction()
        #expect(transaction.receiveACK(at: .origin) == [])
        #expect(transaction.state == .proceeding)
        transaction.terminate()
        #expect(transaction.receiveACK(at: .origin) == [])
        #expect(transaction.respond(.ok, at: .origin) == [])
    }
}
