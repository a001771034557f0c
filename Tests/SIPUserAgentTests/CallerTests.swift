import Addressing
import SIPSyntax
import SIPUserAgent
import Testing
import Timekeeping

/// Calls that we place: RFC 3261 sections 8.1, 9.1 and 13.2.
@Suite struct CallerTests {
    /// Everything that a request must have, and the owner's own headers.
    @Test func inviteIsComplete() throws {
        var wire = Wire(over: .tls)
        _ = try wire.place { call in
            call.extraHeaders = [
                Headers.Field(name: .xExotelAccountSid, value: HeaderValue(trusted: "acct1"))
            ]
            call.routes = [NameAddress(uri: SIPURI(host: .ip(Wire.peer.address)))]
        }
        let invite = try #require(wire.lastRequest)
        let via = try invite.headers.topVia
        #expect(via.transport == .tls)
        #expect(via.hasMagicCookie)
        #expect(via.requestsSourcePort)
        #expect(via.host == .ip(Wire.ours.address) && via.port == 5060)
        #expect(try invite.headers.maxForwards == 70)
        #expect(try invite.headers.from.tag != nil)
        #expect(try invite.headers.to.tag == nil)
        #expect(try invite.headers.cSeq == CSeq(number: 1, method: .invite))
        #expect(invite.headers.first(.contact)?.text == "<sip:alice@192.0.2.1:5060;transport=tls>")
        #expect(try invite.headers.allow == Capabilities.methods)
        #expect(try invite.headers.supported == [.reliableProvisionals, .sessionTimer, .replaces])
        #expect(try invite.headers.sessionExpires == SessionExpires(interval: .seconds(1800), refresher: nil))
        #expect(invite.headers.first(.xExotelAccountSid)?.text == "acct1")
        #expect(invite.headers.first(.userAgent)?.text == "Trunkline")
        #expect(try invite.headers.contentType?.matches(.sdp) == true)
        #expect(try invite.headers.routes.count == 1)
        #expect(invite.body == Array(Wire.sdp.utf8))
        // What goes out can be read back as the same.
        #expect(try MessageParser.parse(invite.encoded()).headers.callIDText == invite.headers.first(.callID)?.text)
    }

    /// Branches, tags and Call-IDs are drawn anew for each call; a given Call-ID is kept.
    @Test func callsHaveNamesOfTheirOwn() throws {
        var wire = Wire()
        var seen: Set<String> = []
        for _ in 0..<50 {
            _ = try wire.place()
            let headers = try #require(wire.lastRequest).headers
            seen.formUnion([
                try #require(try headers.topVia.branch), try #require(try headers.from.tag), try headers.callID.text,
            ])
        }
        #expect(seen.count == 150)
        let callID = try CallID("given@host")
        _ = try wire.place { $0.callID = callID }
        #expect(try wire.lastRequest?.headers.callID == callID)
    }

    /// Also 100: that a peer is there at all decides whether the next point of presence is tried.
    @Test func provisionalsAreTold() throws {
        var wire = Wire()
        _ = try wire.place()
        let invite = try #require(wire.lastRequest)
        try wire.answer(.trying, invite)
        try wire.answer(.ringing, invite)
        try wire.answer(.sessionProgress, invite)
        #expect(wire.news() == ["INVITE", "provisional", "provisional", "provisional"])
    }

    /// The whole response reaches the owner: Retry-After, Reason and the carrier's own headers.
    @Test func rejectionIsToldWhole() throws {
        var wire = Wire()
        _ = try wire.place()
        try wire.answer(
            .forbidden, try #require(wire.lastRequest),
            lines: ["X-Exotel-ErrorCode: 4001", "Retry-After: 30", "Reason: Q.850;cause=21;text=\"rejected\""])
        #expect(wire.news() == ["INVITE", "ACK", "failed rejectedByPeer"])
        let reason = try #require(wire.endReason)
        #expect(reason.status == .forbidden)
        #expect(reason.party == .peer)
        #expect(reason.response?.headers.first(.xExotelErrorCode)?.text == "4001")
        #expect(reason.response?.headers.first(.retryAfter)?.text == "30")
        #expect(reason.reasons.map(\.text) == ["Q.850;cause=21;text=\"rejected\""])
        #expect(reason.sentence == "The other side answered 403 Forbidden.")
    }

    /// The ACK has the Contact as Request-URI, a branch of its own and the INVITE's CSeq number; the news comes after it.
    @Test func answerIsAcknowledged() throws {
        var wire = Wire()
        _ = try wire.place()
        let invite = try #require(wire.lastRequest)
        try wire.answer(.ok, invite, lines: ["Contact: <sip:bob@10.0.0.7:5099>"])
        #expect(wire.news() == ["INVITE", "ACK", "answered"])
        let ack = try #require(wire.lastRequest)
        #expect("\(ack.uri)" == "sip:bob@10.0.0.7:5099")
        #expect(try ack.headers.topVia.branch != invite.headers.topVia.branch)
        #expect(try ack.headers.cSeq == CSeq(number: 1, method: .ack))
        #expect(try ack.headers.to.tag == "far")
        #expect(wire.sent.last?.destination.path == wire.path())
        try wire.answer(.ok, invite, lines: ["Contact: <sip:bob@10.0.0.7:5099>"])
        #expect(wire.news() == ["ACK"])
        #expect(wire.lastRequest == ack)
    }

    /// Without Contact the Request-URI has to serve.
    @Test func answerWithoutContactIsTaken() throws {
        var wire = Wire()
        _ = try wire.place()
        try wire.answer(.ok, try #require(wire.lastRequest))
        #expect(wire.news() == ["INVITE", "ACK", "answered"])
        #expect("\(try #require(wire.lastRequest).uri)" == "sip:bob@198.51.100.2:5060")
    }

    /// CANCEL repeats the INVITE's branch, Route, tags and number, and carries the owner's Reason.
    @Test func cancelRepeatsTheInvite() throws {
        var wire = Wire()
        let session = try wire.place { $0.routes = [NameAddress(uri: SIPURI(host: .ip(Wire.peer.address)))] }
        let invite = try #require(wire.lastRequest)
        try wire.answer(.ringing, invite)
        let reason = Headers.Field(name: .reason, value: HeaderValue(trusted: "SIP;cause=200"))
        wire.command { core, now in core.hangUp(session, headers: [reason], at: now) }
        let cancel = try #require(wire.lastRequest)
        #expect(cancel.method == .cancel)
        #expect(cancel.uri == invite.uri)
        for name in [HeaderName.via, .route, .from, .to, .callID] {
            #expect(cancel.headers.all(name) == invite.headers.all(name))
        }
        #expect(try cancel.headers.cSeq == CSeq(number: 1, method: .cancel))
        #expect(cancel.headers.first(.reason)?.text == "SIP;cause=200")
        wire.command { core, now in core.hangUp(session, at: now) }
        #expect(wire.news() == ["INVITE", "provisional", "CANCEL"])
        try wire.answer(.ok, cancel)
        try wire.answer(.requestTerminated, invite)
        #expect(wire.news() == ["ACK", "failed cancelledByUs"])
    }

    /// A CANCEL that waits for a 1xx is dropped when the call is refused, or never answered at all.
    @Test func waitingCancelIsDropped() throws {
        var wire = Wire()
        var session = try wire.place()
        wire.command { core, now in core.hangUp(session, at: now) }
        try wire.answer(.busyHere, try #require(wire.lastRequest))
        #expect(wire.news() == ["INVITE", "ACK", "failed cancelledByUs"])
        session = try wire.place()
        wire.command { core, now in core.hangUp(session, at: now) }
        wire.wait(.seconds(32))
        #expect(wire.news() == ["INVITE", "failed cancelledByUs"])
    }

    /// A 2xx for a call that waits to be cancelled: ACK and BYE, with the Reason that the CANCEL would have had.
    @Test func answerBeforeTheWaitingCancel() throws {
        var wire = Wire()
        let session = try wire.place()
        let reason = Headers.Field(name: .reason, value: HeaderValue(trusted: "SIP;cause=200"))
        wire.command { core, now in core.hangUp(session, headers: [reason], at: now) }
        try wire.answer(.ok, try #require(wire.lastRequest), lines: ["Contact: <sip:bob@10.0.0.7:5099>"])
        #expect(wire.news() == ["INVITE", "ACK", "BYE"])
        let bye = try #require(wire.lastRequest)
        #expect(bye.headers.first(.reason)?.text == "SIP;cause=200")
        #expect(try bye.headers.cSeq.number == 2)
        try wire.answer(.ok, bye)
        #expect(wire.news() == ["failed cancelledByUs"])
        #expect(wire.core.counts.sessions == 0)
    }

    /// The transport's failures: of the INVITE, of the BYE, of a connection in between.
    @Test func transportFailuresAreTold() throws {
        var wire = Wire()
        _ = try wire.place()
        let invite = try #require(wire.lastRequest)
        wire.command { core, now in core.transportFailed(.request(invite), at: now) }
        #expect(wire.news() == ["INVITE", "failed transportFailed"])
        #expect(wire.endReason?.status == .serviceUnavailable)
        #expect(wire.endReason?.party == .network)

        let session = try wire.place()
        try wire.answer(.ok, try #require(wire.lastRequest), lines: ["Contact: <sip:bob@10.0.0.7>"])
        let ack = try #require(wire.lastRequest)
        wire.command { core, now in core.transportFailed(.request(ack), at: now) }
        wire.command { core, now in core.hangUp(session, at: now) }
        let bye = try #require(wire.lastRequest)
        wire.command { core, now in core.transportFailed(.request(bye), at: now) }
        #expect(wire.news() == ["INVITE", "ACK", "answered", "BYE", "ended hungUpByUs"])
    }

    @Test func timeoutIsToldAs408() throws {
        var wire = Wire()
        _ = try wire.place()
        wire.wait(.seconds(32))
        #expect(wire.news() == ["INVITE", "failed timedOut"])
        #expect(wire.endReason?.status == .requestTimeout)
    }

    /// Any answer to BYE ends the call (section 15.1.1).
    @Test(arguments: [StatusCode.ok, .callDoesNotExist, .requestTimeout, .serverInternalError])
    func anyAnswerToByeEndsTheCall(status: StatusCode) throws {
        var wire = Wire()
        let session = try wire.place()
        try wire.answer(.ok, try #require(wire.lastRequest), lines: ["Contact: <sip:bob@10.0.0.7>"])
        wire.command { core, now in core.hangUp(session, at: now) }
        try wire.answer(.trying, try #require(wire.lastRequest))
        try wire.answer(status, try #require(wire.lastRequest))
        #expect(wire.news() == ["INVITE", "ACK", "answered", "BYE", "ended hungUpByUs"])
        #expect(wire.endReason?.response?.status == status)
        wire.command { core, now in core.hangUp(session, at: now) }
        #expect(wire.news() == [])
    }

    /// The peer's BYE is told whole, with its Reason.
    @Test func peersByeIsTold() throws {
        var wire = Wire()
        _ = try wire.place()
        let invite = try #require(wire.lastRequest)
        try wire.answer(.ok, invite, lines: ["Contact: <sip:bob@10.0.0.7>"])
        let tag = try #require(try invite.headers.from.tag)
        let callID = try invite.headers.callID.text
        try wire.receive(
            Wire.request("BYE", toTag: tag, callID: callID, lines: ["Reason: Q.850;cause=16"]))
        #expect(wire.news() == ["INVITE", "ACK", "answered", "200", "ended hungUpByPeer"])
        #expect(wire.endReason?.reasons.map(\.text) == ["Q.850;cause=16"])
        #expect(wire.endReason?.party == .peer)
    }

    /// OPTIONS outside a call: each of its three ends.
    @Test func optionsHasThreeOutcomes() throws {
        var wire = Wire()
        let ours = AdvertisedAddress(Wire.ours)
        let uri = SIPURI(host: .ip(Wire.peer.address))
        let options = OutgoingOptions(
            requestURI: uri, from: NameAddress(uri: SIPURI(host: ours.host)), to: NameAddress(uri: uri),
            advertised: ours, destination: Destination(transport: .tcp, host: uri.host, port: 5060))
        for _ in 0..<3 {
            _ = try wire.core.options(options, at: wire.now)
        }
        var actions: [UserAgentAction] = []
        let (_, sent) = try wire.core.options(options, at: wire.now)
        actions += sent
        guard case .send(_, .request(let request), _) = try #require(actions.first) else {
            Issue.record("nothing sent")
            return
        }
        try wire.answer(.ok, request)
        #expect(wire.news() == ["outcome 200"])
        let (_, again) = try wire.core.options(options, at: wire.now)
        guard case .send(_, let message, _) = try #require(again.first) else { return }
        wire.command { core, now in core.transportFailed(message, at: now) }
        #expect(wire.news() == ["outcome transport failed"])
        wire.wait(.seconds(32))
        #expect(wire.news() == ["outcome timed out", "outcome timed out", "outcome timed out"])
    }
}

extension Headers {
    var callIDText: String? { self.first(.callID)?.text }
}
