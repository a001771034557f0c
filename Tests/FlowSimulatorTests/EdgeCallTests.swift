import Addressing
import FlowSimulator
import SIPSyntax
import Testing
import Timekeeping

/// The edge's signalling machine in virtual time: retransmissions, the wait for ACK, CANCEL, BYE.
@Suite struct EdgeCallTests {
    private let now = Instant.origin
    private static let branch = Token(trusted: "z9hG4bKours")

    // MARK: What the machine is given

    private static func via(_ transport: ViaTransport = .udp) -> Via {
        Via(transport: transport, host: .ip(.loopback), port: 5_060, branch: Token(trusted: "z9hG4bKedge"))
    }

    private static func incoming(isReliable: Bool = false) throws -> EdgeCall {
        let invite = try HeaderRulesTests.request(HeaderRulesTests.good)
        let uri = try SIPURI(user: "+918000000001", host: .ip(.loopback), port: 443)
        let dialog = try EdgeDialog(
            answering: invite, tag: Token(trusted: "edgetag"), contact: NameAddress(uri: uri), via: Self.via())
        return EdgeCall(
            answering: invite, dialog: dialog, isReliable: isReliable, roundTrip: .milliseconds(500))
    }

    private static func placed(isReliable: Bool = false, at now: Instant) throws -> EdgeCall {
        let target = try SIPURI(user: "+918000000001", host: .ip(.loopback), port: 5_061)
        let caller = NameAddress(uri: try SIPURI(user: "+919000000002", host: Host("acct1.pstn.exotel.com")))
        var dialog = EdgeDialog(
            calling: target, as: caller, callID: try CallID("c1@edge"), tag: Token(trusted: "edgetag"),
            contact: caller, via: Self.via())
        let invite = dialog.request(.invite, branch: Token(trusted: "z9hG4bKinvite"))
        return EdgeCall(
            placing: invite, dialog: dialog, isReliable: isReliable, roundTrip: .milliseconds(500), at: now)
    }

    /// A request of the peer within the dialog of `incoming`.
    private static func request(
        _ method: Method, number: UInt32, branch: String = "z9hG4bKpeer2", headers: [(String, String)] = []
    ) throws -> Request {
        var request = try HeaderRulesTests.request(HeaderRulesTests.good)
        request.method = method
        request.headers.replace(.cSeq, CSeq(number: number, method: method))
        request.headers.replace(.via, try HeaderValue("SIP/2.0/TLS 203.0.113.9:5061;branch=\(branch)"))
        var to = try request.headers.to
        to.setTag(Token(trusted: "edgetag"))
        request.headers.replace(.to, to)
        for (name, value) in headers { request.headers.add(try HeaderName(name), try HeaderValue(value)) }
        return request
    }

    private static func response(_ status: StatusCode, to request: Request) throws -> Response {
        var response = EdgeDialog.response(status, to: request, tag: Token(trusted: "peertag"))
        response.headers.add(.contact, try HeaderValue("<sip:bot@192.0.2.5:5061;transport=tls>"))
        response.headers.add(.recordRoute, try HeaderValue("<sip:p1;lr>, <sip:p2;lr>"))
        return response
    }

    private func sent(_ actions: [EdgeCallAction]) -> [String] {
        actions.compactMap { action in
            guard case .send(let message) = action else { return nil }
            switch message {
            case .request(let request): return request.method.rawValue
            case .response(let response):
                return "\(response.status)/\((try? response.headers.cSeq)?.method.rawValue ?? "?")"
            }
        }
    }

    private func ending(_ actions: [EdgeCallAction]) -> EdgeCallEnding? {
        for case .ended(let ending) in actions { return ending }
        return nil
    }

    private func answer(_ call: inout EdgeCall) {
        _ = call.progress(.trying)
        _ = call.progress(.ringing)
        _ = call.answer([1], headers: [], at: self.now)
    }

    // MARK: Calls that come in

    @Test func ringsAnswersAndIsEstablishedByTheACK() throws {
        var call = try Self.incoming()
        #expect(self.sent(call.progress(.trying)) == ["100/INVITE"])
        #expect(self.sent(call.progress(.ringing)) == ["180/INVITE"])
        #expect(self.sent(call.answer([1], headers: [], at: self.now)) == ["200/INVITE"])
        #expect(call.receive(try Self.request(.ack, number: 1), at: self.now) == [.established])
        #expect(call.deadline == nil)
    }

    /// RFC 3261 section 13.3.1.4: on every transport, until the ACK or 64 T1, then BYE.
    @Test(arguments: [true, false])
    func repeatsThe200UntilTheACK(isReliable: Bool) throws {
        var call = try Self.incoming(isReliable: isReliable)
        self.answer(&call)
        var resends: [Int64] = []
        while case .answered = call.state {
            let deadline = try #require(call.deadline)
            let actions = call.handleTimeout(branch: Self.branch, at: deadline)
            if self.sent(actions) == ["200/INVITE"] {
                resends.append(self.now.duration(to: deadline).inMilliseconds)
            } else {
                #expect(self.sent(actions) == ["BYE"])
                #expect(self.ending(actions)?.sentence.contains("no ACK") == true)
                #expect(deadline == self.now + .seconds(32))
            }
        }
        #expect(resends == [500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500])
    }

    /// A refusal is repeated on UDP only, and forgotten after 64 T1 without its ACK (RFC 3261 section 17.2.1).
    @Test(arguments: [(true, 0), (false, 10)])
    func repeatsARefusalOnUDP(isReliable: Bool, resendsWanted: Int) throws {
        var call = try Self.incoming(isReliable: isReliable)
        let actions = call.refuse(.forbidden, reason: "no", by: .simulator, at: self.now)
        #expect(self.sent(actions) == ["403/INVITE"])
        #expect(self.ending(actions)?.by == .simulator)
        var resends = 0
        while let deadline = call.deadline {
            if call.handleTimeout(branch: Self.branch, at: deadline) == [.over] {
                #expect(deadline == self.now + .seconds(32))
            } else {
                resends += 1
            }
        }
        #expect(resends == resendsWanted)
        #expect(call.state == .over)
    }

    @Test func theACKEndsARefusal() throws {
        var call = try Self.incoming(isReliable: true)
        _ = call.refuse(.forbidden, reason: "no", by: .simulator, at: self.now)
        #expect(call.receive(try Self.request(.ack, number: 1), at: self.now) == [.over])
    }

    /// A copy of the INVITE gets the last answer again.
    @Test func copiesOfTheInviteAreAnswered() throws {
        var call = try Self.incoming()
        _ = call.progress(.trying)
        #expect(self.sent(call.inviteAgain()) == ["100/INVITE"])
        _ = call.progress(.ringing)
        #expect(self.sent(call.inviteAgain()) == ["180/INVITE"])
        _ = call.answer([1], headers: [], at: self.now)
        #expect(self.sent(call.inviteAgain()) == ["200/INVITE"])
        _ = call.receive(try Self.request(.ack, number: 1), at: self.now)
        #expect(call.inviteAgain().isEmpty)
    }

    @Test func cancelEndsTheRinging() throws {
        var call = try Self.incoming()
        _ = call.progress(.ringing)
        let cancel = try Self.request(
            .cancel, number: 1, branch: "z9hG4bKa1", headers: [("Reason", "SIP;cause=200")])
        let actions = call.receive(cancel, at: self.now)
        #expect(self.sent(actions) == ["200/CANCEL", "487/INVITE"])
        #expect(actions.contains(.ringingOver))
        #expect(self.ending(actions)?.by == .gateway)
        #expect(self.ending(actions)?.reasonHeader == "SIP;cause=200")
    }

    /// RFC 3261 section 9.2: a CANCEL after the answer is answered and changes nothing.
    @Test func cancelAfterTheAnswerChangesNothing() throws {
        var call = try Self.incoming()
        self.answer(&call)
        #expect(self.sent(call.receive(try Self.request(.cancel, number: 1), at: self.now)) == ["200/CANCEL"])
        #expect(call.receive(try Self.request(.ack, number: 1), at: self.now) == [.established])
    }

    @Test func byeOfThePeerEndsTheCall() throws {
        var call = try Self.incoming()
        self.answer(&call)
        _ = call.receive(try Self.request(.ack, number: 1), at: self.now)
        let bye = try Self.request(.bye, number: 2, headers: [("Reason", "Q.850;cause=16")])
        let actions = call.receive(bye, at: self.now)
        #expect(self.sent(actions) == ["200/BYE"])
        #expect(self.ending(actions)?.by == .gateway)
        #expect(self.ending(actions)?.reasonHeader == "Q.850;cause=16")
        // A copy of it is answered again, and the call is forgotten after 64 T1.
        #expect(self.sent(call.receive(bye, at: self.now)) == ["200/BYE"])
        #expect(call.handleTimeout(branch: Self.branch, at: self.now + .seconds(32)) == [.over])
    }

    /// A request with an old number is not taken (RFC 3261 section 12.2.2).
    @Test func anOldNumberIsRefused() throws {
        var call = try Self.incoming()
        self.answer(&call)
        _ = call.receive(try Self.request(.ack, number: 1), at: self.now)
        #expect(self.sent(call.receive(try Self.request(.info, number: 1), at: self.now)) == ["500/INFO"])
    }

    @Test(arguments: [
        (Method.options, "200/OPTIONS"), (.info, "200/INFO"), (.update, "200/UPDATE"), (.refer, "405/REFER"),
    ])
    func requestsWithinTheCall(method: Method, answer: String) throws {
        var call = try Self.incoming()
        self.answer(&call)
        _ = call.receive(try Self.request(.ack, number: 1), at: self.now)
        #expect(self.sent(call.receive(try Self.request(method, number: 2), at: self.now)) == [answer])
    }

    @Test func aReinviteIsHandedOnAndItsAnswerRepeated() throws {
        var call = try Self.incoming()
        self.answer(&call)
        _ = call.receive(try Self.request(.ack, number: 1), at: self.now)
        let reinvite = try Self.request(.invite, number: 2)
        #expect(call.receive(reinvite, at: self.now) == [.offered(reinvite)])
        let response = call.dialog.response(.ok, to: reinvite)
        #expect(self.sent(call.answer(reinvite: reinvite, response)) == ["200/INVITE"])
        #expect(self.sent(call.receive(reinvite, at: self.now)) == ["200/INVITE"])
    }

    /// BYE goes to the peer's Contact by the frozen routes, and is repeated on UDP until its answer.
    @Test func hangsUpByTheRouteSet() throws {
        var invite = try HeaderRulesTests.request(HeaderRulesTests.good)
        invite.headers.add(.recordRoute, try HeaderValue("sip:192.0.2.7:443;transport=tls;lr"))
        let dialog = try EdgeDialog(
            answering: invite, tag: Token(trusted: "edgetag"), contact: try invite.headers.to, via: Self.via())
        var call = EdgeCall(answering: invite, dialog: dialog, isReliable: false, roundTrip: .milliseconds(500))
        self.answer(&call)
        _ = call.receive(try Self.request(.ack, number: 1), at: self.now)
        let reason = try Reason(protocolName: Reason.q850, cause: 16)
        let actions = call.hangUp(reason: reason, branch: Self.branch, sentence: "done", at: self.now)
        guard case .send(.request(let bye)) = actions.first else {
            Issue.record("no BYE")
            return
        }
        #expect(bye.method == .bye)
        #expect(bye.uri.description == "sip:+919000000002@203.0.113.9:5061;transport=tls")
        #expect(bye.headers.first(.route)?.text == "<sip:192.0.2.7:443;transport=tls;lr>")
        #expect(bye.headers.first(.reason)?.text == "Q.850;cause=16")
        #expect((try bye.headers.from).tag == "edgetag")
        #expect((try bye.headers.to).tag == "f1")
        #expect(self.ending(actions)?.by == .simulator)
        #expect(self.sent(call.handleTimeout(branch: Self.branch, at: self.now + .milliseconds(500))) == ["BYE"])
        let ok = EdgeDialog.response(.ok, to: bye)
        #expect(call.receive(ok, branch: Self.branch, at: self.now).isEmpty)
        #expect(call.handleTimeout(branch: Self.branch, at: self.now + .seconds(32)) == [.over])
    }

    @Test func aLostConnectionEndsTheCallOnce() throws {
        var call = try Self.incoming(isReliable: true)
        self.answer(&call)
        let actions = call.connectionLost()
        #expect(self.ending(actions)?.by == .network)
        #expect(actions.last == .over)
        #expect(call.connectionLost().isEmpty)
    }

    /// A peer that is not there is told apart from one that went away.
    @Test func aPeerThatCannotBeReachedIsSaid() throws {
        var placed = try Self.placed(isReliable: true, at: self.now)
        #expect(self.ending(placed.connectionLost())?.sentence == "the peer could not be reached")
        var incoming = try Self.incoming(isReliable: true)
        #expect(self.ending(incoming.connectionLost())?.sentence == "the connection was closed before the answer")
    }

    // MARK: Calls that are placed

    /// Timers A and B (RFC 3261 section 17.1.1.2): on UDP doubling without a bound, for 64 T1.
    @Test(arguments: [(false, [500, 1_500, 3_500, 7_500, 15_500, 31_500]), (true, [])])
    func repeatsTheInvite(isReliable: Bool, wanted: [Int64]) throws {
        var call = try Self.placed(isReliable: isReliable, at: self.now)
        var resends: [Int64] = []
        while let deadline = call.deadline {
            let actions = call.handleTimeout(branch: Self.branch, at: deadline)
            if self.sent(actions) == ["INVITE"] {
                resends.append(self.now.duration(to: deadline).inMilliseconds)
            } else {
                #expect(self.ending(actions)?.by == .network)
            }
        }
        #expect(resends == wanted)
    }

    @Test func anAnswerIsAcknowledgedAlongItsRoutes() throws {
        var call = try Self.placed(at: self.now)
        #expect(call.receive(try Self.response(.ringing, to: call.invite), branch: Self.branch, at: self.now).isEmpty)
        #expect(call.deadline == nil)
        let ok = try Self.response(.ok, to: call.invite)
        let actions = call.receive(ok, branch: Self.branch, at: self.now)
        guard case .send(.request(let ack)) = actions.first else {
            Issue.record("no ACK")
            return
        }
        #expect(ack.method == .ack)
        #expect(ack.uri.description == "sip:bot@192.0.2.5:5061;transport=tls")
        #expect(ack.headers.first(.route)?.text == "<sip:p2;lr>, <sip:p1;lr>")
        #expect((try ack.headers.cSeq).number == 1)
        #expect(actions.dropFirst() == [.finalResponse(ok), .established])
        // A late copy of the 200 gets the ACK again.
        #expect(call.receive(ok, branch: Self.branch, at: self.now) == [.send(.request(ack))])
    }

    /// RFC 3261 section 17.1.1.3: the ACK of a refusal has the INVITE's branch and the To of the answer.
    @Test func aRefusalIsAcknowledged() throws {
        var call = try Self.placed(isReliable: true, at: self.now)
        let busy = try Self.response(.busyHere, to: call.invite)
        let actions = call.receive(busy, branch: Self.branch, at: self.now)
        guard case .send(.request(let ack)) = actions.first else {
            Issue.record("no ACK")
            return
        }
        #expect((try ack.headers.topVia).branch == "z9hG4bKinvite")
        #expect((try ack.headers.to).tag == "peertag")
        #expect(self.ending(actions)?.sentence == "INVITE answered 486 Busy Here")
        #expect(actions.last == .over)
    }

    @Test func aRingingCallIsCancelled() throws {
        var call = try Self.placed(isReliable: true, at: self.now)
        // RFC 3261 section 9.1: no CANCEL before a provisional answer.
        #expect(call.hangUp(reason: nil, branch: Self.branch, sentence: "", at: self.now).isEmpty)
        _ = call.receive(try Self.response(.ringing, to: call.invite), branch: Self.branch, at: self.now)
        let actions = call.hangUp(reason: nil, branch: Self.branch, sentence: "", at: self.now)
        guard case .send(.request(let cancel)) = actions.first else {
            Issue.record("no CANCEL")
            return
        }
        #expect((try cancel.headers.topVia).branch == "z9hG4bKinvite")
        #expect(try cancel.headers.cSeq == CSeq(number: 1, method: .cancel))
        let terminated = try Self.response(.requestTerminated, to: call.invite)
        let last = call.receive(terminated, branch: Self.branch, at: self.now)
        #expect(self.sent(last) == ["ACK"])
        #expect(self.ending(last)?.by == .simulator)
    }

    /// As many requests of the edge's own as may wait for their answers, and no more; an answer makes room.
    @Test func ownRequestsAreBounded() throws {
        var call = try Self.placed(at: self.now)
        _ = call.receive(try Self.response(.ok, to: call.invite), branch: Self.branch, at: self.now)
        var sent: [Request] = []
        for number in 0..<(2 * OwnRequests.countMax) {
            let actions = call.request(
                .info, headers: [], body: [], branch: try Token("z9hG4bKi\(number)"), at: self.now)
            for case .send(.request(let request)) in actions { sent.append(request) }
        }
        #expect(sent.count == OwnRequests.countMax)
        let answer = try Self.response(.ok, to: try #require(sent.first))
        _ = call.receive(answer, branch: Self.branch, at: self.now)
        let actions = call.request(.info, headers: [], body: [], branch: Token(trusted: "z9hG4bKmore"), at: self.now)
        #expect(self.sent(actions) == ["INFO"])
    }
}
