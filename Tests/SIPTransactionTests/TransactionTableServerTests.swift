import Addressing
import SIPSyntax
import SIPTransaction
import Testing
import Timekeeping

/// The server half of the table: RFC 3261 sections 8.2.2.2, 9.2 and 17.2.3.
@Suite struct TransactionTableServerTests {
    private func table(_ countMax: Int = 100) -> TransactionTable {
        TransactionTable(timings: .standard, countMax: countMax)
    }

    /// The key of a request that must be new.
    private func open(_ table: inout TransactionTable, _ request: Request, _ transport: SIPTransportName = .udp) throws
        -> ServerTransactionKey
    {
        let (arrival, events) = try table.receive(request, from: Messages.path(transport), at: .origin)
        #expect(events.isEmpty)
        guard case .new(let key, _, _) = arrival else {
            Issue.record("not new: \(arrival)")
            throw TransactionError.malformedRequest
        }
        return key
    }

    @Test func retransmissionGetsTheLastAnswer() throws {
        var table = self.table()
        let invite = try Messages.request()
        let key = try self.open(&table, invite)
        #expect(try table.receive(invite, from: Messages.path(), at: .origin) == (.absorbed, []))
        _ = table.respond(try Messages.response(.ringing, to: invite), to: key, at: .origin)
        let (arrival, events) = try table.receive(invite, from: Messages.path(), at: .origin)
        #expect(arrival == .absorbed)
        #expect(events.map(\.sent) == ["180"])
    }

    /// The same branch from another sent-by, or with another method, is another transaction.
    @Test func keyIsBranchSentByAndMethod() throws {
        var table = self.table()
        _ = try self.open(&table, try Messages.request(.options))
        _ = try self.open(&table, try Messages.request(.options, via: "198.51.100.3:5062", callID: "d@x"))
        _ = try self.open(&table, try Messages.request(.bye))
        #expect(table.count == 3)
        // The transport's own port may be left out.
        _ = try self.open(&table, try Messages.request(.options, via: "198.51.100.4", callID: "e@x"))
        let again = try Messages.request(.options, via: "198.51.100.4:5060", callID: "e@x")
        #expect(try table.receive(again, from: Messages.path(), at: .origin) == (.absorbed, []))
    }

    /// The ACK of a refusal stays here; the one of a 2xx has its own branch and is the user's.
    @Test func acknowledgementOfARefusalIsAbsorbed() throws {
        var table = self.table()
        let invite = try Messages.request()
        let key = try self.open(&table, invite)
        _ = table.respond(try Messages.response(.busyHere, to: invite), to: key, at: .origin)
        let ack = try Messages.request(.ack, toTag: "b")
        #expect(try table.receive(ack, from: Messages.path(), at: .origin) == (.absorbed, []))
        #expect(table.handleTimeout(at: .milliseconds(5000)) == [.serverEnded(key)])
        #expect(table.count == 0)
    }

    @Test(arguments: ["z9hG4bK1", "z9hG4bKother"])
    func acknowledgementOfASuccessIsPassedUp(branch: String) throws {
        var table = self.table()
        let invite = try Messages.request()
        let key = try self.open(&table, invite)
        _ = table.respond(try Messages.response(.ok, to: invite), to: key, at: .origin)
        let ack = try Messages.request(.ack, branch: branch, toTag: "b")
        let (arrival, events) = try table.receive(ack, from: Messages.path(), at: .origin)
        guard case .acknowledgement(_, let head) = arrival else {
            Issue.record("not passed up: \(arrival)")
            return
        }
        #expect(head.to.tag == "b")
        #expect(events.isEmpty)
    }

    @Test func missingACKIsTold() throws {
        var table = self.table()
        let invite = try Messages.request()
        let key = try self.open(&table, invite, .tcp)
        _ = table.respond(try Messages.response(.busyHere, to: invite), to: key, at: .origin)
        #expect(table.handleTimeout(at: .milliseconds(32_000)) == [.ackMissing(key), .serverEnded(key)])
    }

    /// A refusal goes out again by timer G, and only until timer H.
    @Test func refusalIsSentAgain() throws {
        var table = self.table()
        let invite = try Messages.request()
        let key = try self.open(&table, invite)
        _ = table.respond(try Messages.response(.busyHere, to: invite), to: key, at: .origin)
        #expect(table.handleTimeout(at: .milliseconds(500)).map(\.sent) == ["486"])
        #expect(table.request(of: key)?.method == .invite)
    }

    @Test func finalAnswerOnAStreamEndsTheTransaction() throws {
        var table = self.table()
        let options = try Messages.request(.options)
        let key = try self.open(&table, options, .tcp)
        let events = table.respond(try Messages.response(.ok, to: options), to: key, at: .origin)
        #expect(events.first?.sent == "200")
        #expect(events.last == .serverEnded(key))
        #expect(table.respond(try Messages.response(.ok, to: options), to: key, at: .origin) == [])
        #expect(table.count == 0)
    }

    @Test func finalAnswerOnADatagramIsRepeated() throws {
        var table = self.table()
        let options = try Messages.request(.options)
        let key = try self.open(&table, options)
        _ = table.respond(try Messages.response(.ok, to: options), to: key, at: .origin)
        let (_, events) = try table.receive(options, from: Messages.path(), at: .milliseconds(500))
        #expect(events.map(\.sent) == ["200"])
        #expect(table.handleTimeout(at: .milliseconds(32_000)) == [.serverEnded(key)])
    }

    /// CANCEL has the branch of its INVITE and a transaction of its own.
    @Test func cancelFindsItsInvite() throws {
        var table = self.table()
        let key = try self.open(&table, try Messages.request())
        let cancel = try Messages.request(.cancel)
        _ = try self.open(&table, cancel)
        #expect(table.inviteKey(cancelledBy: try RequestHead(cancel)) == key)
        let stray = try Messages.request(.cancel, branch: "z9hG4bK9")
        #expect(table.inviteKey(cancelledBy: try RequestHead(stray)) == nil)
    }

    /// The same request by another way: same From tag, Call-ID and CSeq, no To tag, another branch (section 8.2.2.2).
    @Test func mergedRequestIsTold() throws {
        var table = self.table()
        let invite = try Messages.request()
        let key = try self.open(&table, invite, .tcp)
        let (arrival, _) = try table.receive(
            try Messages.request(branch: "z9hG4bK2"), from: Messages.path(), at: .origin)
        guard case .merged = arrival else {
            Issue.record("not merged: \(arrival)")
            return
        }
        // Within a dialog the same CSeq is the dialog's business.
        _ = try self.open(&table, try Messages.request(branch: "z9hG4bK3", toTag: "b"))
        // When the first is over, the request is new again.
        _ = table.respond(try Messages.response(.busyHere, to: invite), to: key, at: .origin)
        _ = try table.receive(try Messages.request(.ack, toTag: "b"), from: Messages.path(.tcp), at: .origin)
        _ = try self.open(&table, try Messages.request(branch: "z9hG4bK4"))
    }

    /// The stated maximum: one more request is handed back with where to answer it.
    @Test func fullTableHandsRequestsBack() throws {
        var table = self.table(2)
        _ = try self.open(&table, try Messages.request(callID: "1@x"))
        _ = try self.open(&table, try Messages.request(branch: "z9hG4bK2", callID: "2@x"))
        let (arrival, events) = try table.receive(
            try Messages.request(branch: "z9hG4bK3", callID: "3@x"), from: Messages.path(), at: .origin)
        guard case .refused(_, _, let destination) = arrival else {
            Issue.record("not refused: \(arrival)")
            return
        }
        #expect(destination.port == 5062)
        #expect(events.isEmpty)
        #expect(table.count == 2)
    }

    @Test func failedResponseEndsNothing() throws {
        var table = self.table()
        let invite = try Messages.request()
        _ = try self.open(&table, invite)
        #expect(table.transportFailed(.response(try Messages.response(.ringing, to: invite)), at: .origin) == [])
        #expect(table.count == 1)
    }

    // MARK: - Peers of RFC 2543

    /// Without the magic cookie the request's own fields decide.
    @Test(arguments: [nil, "1"] as [String?])
    func legacyRetransmissionIsAbsorbed(branch: String?) throws {
        var table = self.table()
        let invite = try Messages.request(branch: branch)
        let key = try self.open(&table, invite)
        _ = table.respond(try Messages.response(.busyHere, to: invite), to: key, at: .origin)
        #expect(try table.receive(invite, from: Messages.path(), at: .origin).1.map(\.sent) == ["486"])
        let ack = try Messages.request(.ack, branch: branch, toTag: "b")
        #expect(try table.receive(ack, from: Messages.path(), at: .origin) == (.absorbed, []))
        #expect(table.handleTimeout(at: .milliseconds(5000)) == [.serverEnded(key)])
    }

    @Test func legacyRequestsDifferByAnyField() throws {
        var table = self.table()
        _ = try self.open(&table, try Messages.request(branch: nil))
        _ = try self.open(&table, try Messages.request(branch: nil, sequence: 2))
        _ = try self.open(&table, try Messages.request(branch: nil, fromTag: "z"))
        _ = try self.open(&table, try Messages.request(branch: nil, callID: "other@x"))
        #expect(table.count == 4)
    }

    @Test func legacyCancelFindsItsInvite() throws {
        var table = self.table()
        let key = try self.open(&table, try Messages.request(branch: nil))
        let cancel = try Messages.request(.cancel, branch: nil)
        #expect(table.inviteKey(cancelledBy: try RequestHead(cancel)) == key)
    }
}
