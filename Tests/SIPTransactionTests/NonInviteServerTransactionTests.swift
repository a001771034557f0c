import SIPSyntax
import SIPTransaction
import Testing
import Timekeeping

/// RFC 3261 section 17.2.2; timer J of table 4.
@Suite struct NonInviteServerTransactionTests {
    private func transaction(reliable: Bool = false) -> NonInviteServerTransaction {
        NonInviteServerTransaction(timings: .standard, isReliable: reliable)
    }

    @Test func retransmissionsAreAbsorbedBeforeAnyAnswer() {
        let transaction = self.transaction()
        #expect(transaction.state == .trying)
        #expect(transaction.receiveRequestAgain() == [])
        #expect(transaction.deadline == nil)
    }

    @Test func provisionalIsRepeated() {
        var transaction = self.transaction()
        #expect(transaction.respond(.trying, at: .origin) == [.sendResponse])
        #expect(transaction.state == .proceeding)
        #expect(transaction.receiveRequestAgain() == [.sendResponse])
        #expect(transaction.respond(.trying, at: .origin) == [.sendResponse])
    }

    /// The final answer is repeated for each retransmission until timer J, 64·T1 later.
    @Test(arguments: [StatusCode.ok, .callDoesNotExist, .serverInternalError])
    func finalAnswerIsRepeatedUntilTimerJ(status: StatusCode) {
        var transaction = self.transaction()
        #expect(transaction.respond(status, at: .milliseconds(100)) == [.sendResponse])
        #expect(transaction.state == .completed)
        #expect(transaction.receiveRequestAgain() == [.sendResponse])
        #expect(transaction.respond(.ok, at: .milliseconds(200)) == [])
        #expect(transaction.deadline == .milliseconds(32_100))
        transaction.handleTimeout(at: .milliseconds(32_099))
        #expect(transaction.state == .completed)
        transaction.handleTimeout(at: .milliseconds(32_100))
        #expect(transaction.state == .terminated)
        #expect(transaction.receiveRequestAgain() == [])
    }

    /// Timer J is 0 on streams.
    @Test func finalAnswerEndsAReliableTransaction() {
        var transaction = self.transaction(reliable: true)
        _ = transaction.respond(.trying, at: .origin)
        #expect(transaction.respond(.ok, at: .origin) == [.sendResponse])
        #expect(transaction.state == .terminated)
        #expect(transaction.deadline == nil)
    }
}
