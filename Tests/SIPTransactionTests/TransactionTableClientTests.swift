import Addressing
import SIPSyntax
import SIPTransaction
import Testing
import Timekeeping

/// The client half of the table: RFC 3261 sections 17.1.1.3, 17.1.3 and 17.1.4.
@Suite struct TransactionTableClientTests {
    private func table(_ countMax: Int = 100) -> TransactionTable {
        TransactionTable(timings: .standard, countMax: countMax)
    }

    @Test func responseFindsItsRequest() throws {
        var table = self.table()
        let request = try Messages.request()
        let (key, events) = try table.send(request, to: Messages.destination(), at: .origin)
        #expect(events.map(\.sent) == ["INVITE"])
        let ringing = try Messages.response(.ringing, to: request)
        #expect(table.receive(ringing, from: Messages.path(), at: .origin) == [.response(key, ringing)])
        #expect(table.count == 1)
    }

    /// The branch and the method of CSeq decide; a CANCEL's answer is not the INVITE's.
    @Test func responsesOfOthersAreDropped() throws {
        var table = self.table()
        let request = try Messages.request()
        _ = try table.send(request, to: Messages.destination(), at: .origin)
        let other = try Messages.request(branch: "z9hG4bK2")
        #expect(table.receive(try Messages.response(.ok, to: other), from: Messages.path(), at: .origin) == [])
        let cancel = try Messages.request(.cancel)
        #expect(table.receive(try Messages.response(.ok, to: cancel), from: Messages.path(), at: .origin) == [])
        let (key, _) = try table.send(cancel, to: Messages.destination(), at: .origin)
        let answer = try Messages.response(.ok, to: cancel)
        #expect(table.receive(answer, from: Messages.path(), at: .origin) == [.response(key, answer)])
    }

    /// Branches are tokens, compared without case.
    @Test func branchIsComparedWithoutCase() throws {
        var table = self.table()
        let (key, _) = try table.send(
            try Messages.request(.options, branch: "z9hG4bKabc"), to: Messages.destination(), at: .origin)
        let answer = try Messages.response(.ok, to: try Messages.request(.options, branch: "Z9HG4BKABC"))
        #expect(table.receive(answer, from: Messages.path(), at: .origin) == [.response(key, answer)])
    }

    /// The ACK of a 3xx-6xx: the INVITE's Request-URI, Via, Route, From, Call-ID and CSeq number, the response's To.
    @Test func acknowledgementIsBuiltOfBoth() throws {
        var table = self.table()
        let request = try Messages.request(
            sequence: 5, extra: ["Route: <sip:one.example.com;lr>", "Route: <sip:two.example.com;lr>"])
        let (key, _) = try table.send(request, to: Messages.destination(), at: .origin)
        let busy = try Messages.response(.busyHere, to: request, toTag: "far")
        let events = table.receive(busy, from: Messages.path(), at: .origin)
        #expect(events.map(\.sent) == ["ACK", nil])
        #expect(events.last == .response(key, busy))
        let ack = try #require(events.first?.sentRequest)
        #expect(ack.uri == request.uri)
        #expect(ack.headers.all(.via) == request.headers.all(.via))
        #expect(ack.headers.all(.route) == request.headers.all(.route))
        #expect(ack.headers.first(.from) == request.headers.first(.from))
        #expect(try ack.headers.to.tag == "far")
        #expect(try ack.headers.cSeq == CSeq(number: 5, method: .ack))
        #expect(try ack.headers.maxForwards == 70)
        #expect(ack.body.isEmpty)
        // The response again: the same ACK again, and nothing for the user.
        #expect(table.receive(busy, from: Messages.path(), at: .origin).first == events.first)
        #expect(table.receive(busy, from: Messages.path(), at: .origin).count == 1)
    }

    /// On a stream what follows an INVITE takes the connection that its first response came on.
    @Test func connectionIsLearnedFromTheResponse() throws {
        var table = self.table()
        let request = try Messages.request()
        let (key, _) = try table.send(request, to: Messages.destination(.tcp), at: .origin)
        #expect(table.request(of: key)?.destination.path == nil)
        _ = table.receive(try Messages.response(.trying, to: request), from: Messages.path(.tcp), at: .origin)
        #expect(table.request(of: key)?.destination.path == Messages.path(.tcp))
    }

    @Test func timeoutIsToldAndEndsTheTransaction() throws {
        var table = self.table()
        let (key, _) = try table.send(try Messages.request(), to: Messages.destination(.tcp), at: .origin)
        #expect(table.deadline == .milliseconds(32_000))
        #expect(table.handleTimeout(at: .milliseconds(32_000)) == [.timedOut(key), .clientEnded(key)])
        #expect(table.count == 0)
        #expect(table.deadline == nil)
    }

    @Test(arguments: [Method.invite, .options])
    func requestIsSentAgain(method: Method) throws {
        var table = self.table()
        let request = try Messages.request(method)
        _ = try table.send(request, to: Messages.destination(), at: .origin)
        #expect(
            table.handleTimeout(at: .milliseconds(500)) == [.send(.request(request), to: Messages.destination())])
    }

    @Test func failedSendingIsToldAndEndsTheTransaction() throws {
        var table = self.table()
        let request = try Messages.request(.options)
        let (key, _) = try table.send(request, to: Messages.destination(), at: .origin)
        #expect(table.transportFailed(.request(request), at: .origin) == [.unreachable(key), .clientEnded(key)])
        #expect(table.transportFailed(.request(request), at: .origin) == [])
        #expect(table.count == 0)
    }

    /// A lost connection fails an INVITE without any answer; one that rings lives on without its way.
    @Test func lostConnectionFailsUnansweredInvites() throws {
        var table = self.table()
        var destination = Messages.destination(.tcp)
        destination.path = Messages.path(.tcp)
        let invite = try Messages.request()
        let (ringing, _) = try table.send(invite, to: destination, at: .origin)
        _ = table.receive(try Messages.response(.ringing, to: invite), from: Messages.path(.tcp), at: .origin)
        let (unanswered, _) = try table.send(
            try Messages.request(branch: "z9hG4bK2"), to: destination, at: .origin)
        let events = table.connectionClosed(ConnectionID(number: 7))
        #expect(events == [.unreachable(unanswered), .clientEnded(unanswered)])
        #expect(table.request(of: ringing)?.destination.path == nil)
        #expect(table.connectionClosed(ConnectionID(number: 8)) == [])
    }

    /// The peer closed an idle connection while the request was on its way: the same request goes over a new one, once.
    @Test(arguments: [Method.bye, .options, .invite])
    func requestsInADialogAreSentAgainOnce(method: Method) throws {
        var table = self.table()
        var destination = Messages.destination(.tcp)
        destination.path = Messages.path(.tcp)
        let request = try Messages.request(method, toTag: "b")
        let (key, _) = try table.send(request, to: destination, at: .origin)
        #expect(
            table.connectionClosed(ConnectionID(number: 7)) == [
                .send(.request(request), to: Messages.destination(.tcp))
            ])
        // The driver tells the same loss by the request that the connection carried.
        #expect(table.connectionLost(ConnectionID(number: 7), carrying: request) == [])
        #expect(
            table.connectionLost(ConnectionID(number: 8), carrying: request)
                == [.unreachable(key), .clientEnded(key)])
    }

    /// A request that was sent to a name has no path in the table; its loss is told by what the connection carried.
    @Test func aLossWithoutAPath() throws {
        var table = self.table()
        let request = try Messages.request(.bye, toTag: "b")
        let (key, _) = try table.send(request, to: Messages.destination(.tcp), at: .origin)
        let again = table.connectionLost(nil, carrying: request)
        #expect(again == [.send(.request(request), to: Messages.destination(.tcp))])
        #expect(
            table.receive(try Messages.response(.ok, to: request), from: Messages.path(.tcp), at: .origin).count == 2)
        #expect(table.connectionLost(nil, carrying: request) == [])
        let invite = try Messages.request(branch: "z9hG4bK2")
        let (inviteKey, _) = try table.send(invite, to: Messages.destination(.tcp), at: .origin)
        #expect(
            table.connectionLost(nil, carrying: invite) == [.unreachable(inviteKey), .clientEnded(inviteKey)])
        _ = key
    }

    /// RFC 3261 section 18.1.1: beyond 1,300 bytes TCP is tried first, and UDP when nobody listens there.
    @Test func longRequestsGoOverTCP() throws {
        var table = self.table()
        let request = try Messages.request(extra: ["X-Long: " + String(repeating: "x", count: 1_300)])
        let (key, events) = try table.send(request, to: Messages.destination(), at: .origin)
        guard case .send(.request(let sent), let destination) = events.first else {
            Issue.record("nothing was sent")
            return
        }
        #expect(destination == Messages.destination(.tcp))
        #expect(try sent.headers.topVia.transport == .tcp)
        #expect(try sent.headers.topVia.branch == request.headers.topVia.branch)
        // No retransmission on a stream: only timer B runs.
        #expect(table.deadline == .milliseconds(32_000))
        let events2 = table.transportFailed(.request(sent), at: .milliseconds(10))
        #expect(events2 == [.send(.request(request), to: Messages.destination())])
        #expect(table.deadline == .milliseconds(510))
        #expect(
            table.transportFailed(.request(request), at: .milliseconds(20)) == [.unreachable(key), .clientEnded(key)])
    }

    @Test func shortRequestsStayOnUDP() throws {
        var table = self.table()
        let plain = try Messages.request()
        let length = SIPMessage.request(plain).encoded().count
        let fitting = try Messages.request(
            extra: ["X-Long: " + String(repeating: "x", count: 1_300 - length - "X-Long: \r\n".utf8.count)])
        #expect(SIPMessage.request(fitting).encoded().count == 1_300)
        let (_, events) = try table.send(fitting, to: Messages.destination(), at: .origin)
        #expect(events == [.send(.request(fitting), to: Messages.destination())])
    }

    @Test func abandonedTransactionIsGone() throws {
        var table = self.table()
        let request = try Messages.request()
        let (key, _) = try table.send(request, to: Messages.destination(), at: .origin)
        #expect(table.abandon(key) == [.clientEnded(key)])
        #expect(table.abandon(key) == [])
        #expect(table.receive(try Messages.response(.ok, to: request), from: Messages.path(), at: .origin) == [])
        #expect(table.deadline == nil)
    }

    /// The stated maximum holds for new requests; BYE and CANCEL have room beyond it.
    @Test func fullTableRefusesNewRequests() throws {
        var table = self.table(2)
        for number in 1...2 {
            _ = try table.send(
                try Messages.request(branch: "z9hG4bK\(number)"), to: Messages.destination(), at: .origin)
        }
        #expect(table.isFull)
        let third = try Messages.request(branch: "z9hG4bK3")
        #expect(throws: TransactionError.tableFull) {
            try table.send(third, to: Messages.destination(), at: .origin)
        }
        _ = try table.send(
            try Messages.request(.bye, branch: "z9hG4bK4"), to: Messages.destination(), at: .origin)
        let fifth = try Messages.request(.bye, branch: "z9hG4bK5")
        #expect(throws: TransactionError.tableFull) {
            try table.send(fifth, to: Messages.destination(), at: .origin)
        }
    }

    @Test func unreadableHeadIsAnError() {
        var table = self.table()
        let request = Request(method: .options, uri: .sip(SIPURI(host: .ip(Messages.peer.address))))
        #expect(throws: TransactionError.malformedRequest) {
            try table.send(request, to: Messages.destination(), at: .origin)
        }
    }
}
