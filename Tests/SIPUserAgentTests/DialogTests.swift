import Addressing
import SIPSyntax
import SIPTransaction
import SIPUserAgent
import Testing
import Timekeeping

/// What holds within a dialog: RFC 3261 section 12, and who may speak in it.
@Suite struct DialogTests {
    /// A BYE with other tags, another Call-ID or none is nobody's.
    @Test func tagsMustMatch() throws {
        var (wire, _, tag) = try Wire.established()
        try wire.receive(Wire.request("BYE", branch: "z9hG4bK2", toTag: "wrong", sequence: 2))
        try wire.receive(Wire.request("BYE", branch: "z9hG4bK3", toTag: tag, fromTag: "wrong", sequence: 2))
        try wire.receive(Wire.request("BYE", branch: "z9hG4bK4", toTag: tag, callID: "x@far", sequence: 2))
        #expect(wire.news() == ["481", "481", "481"])
        try wire.receive(Wire.request("BYE", branch: "z9hG4bK5", toTag: tag, sequence: 2))
        #expect(wire.news() == ["200", "ended hungUpByPeer"])
    }

    /// On streams a request from another address is refused, with the right tags too.
    @Test(arguments: [
        (DialogPeerCheck.sameAddressOnConnections, SIPTransportName.tls, "403"),
        (.sameAddressOnConnections, .udp, "200"), (.sameAddress, .udp, "403"), (.tagsOnly, .tls, "200"),
    ])
    func strangersAreRefused(check: DialogPeerCheck, transport: SIPTransportName, status: String) throws {
        var (wire, _, tag) = try Wire.established(over: transport) { $0.dialogPeerCheck = check }
        let stranger = TransportAddress(.v4(0xCB00_7166), port: 5060)
        try wire.receive(
            Wire.request("BYE", branch: "z9hG4bK2", toTag: tag, sequence: 2), from: wire.path(from: stranger))
        #expect(wire.news().first == status)
        #expect(wire.core.counts.sessions == (status == "403" ? 1 : 0))
    }

    /// A CSeq number that is not higher than the last is out of order (section 12.2.2).
    @Test func sequenceMustGrow() throws {
        var (wire, _, tag) = try Wire.established()
        try wire.receive(Wire.request("OPTIONS", branch: "z9hG4bK2", toTag: tag, sequence: 10))
        try wire.receive(Wire.request("OPTIONS", branch: "z9hG4bK3", toTag: tag, sequence: 9))
        try wire.receive(Wire.request("OPTIONS", branch: "z9hG4bK4", toTag: tag, sequence: 10))
        try wire.receive(Wire.request("OPTIONS", branch: "z9hG4bK5", toTag: tag, sequence: 4000))
        #expect(wire.news() == ["200", "500", "500", "200"])
    }

    /// One tag of ours in every response of a call, and in its requests.
    @Test func oneTagACall() throws {
        var wire = Wire()
        try wire.receive(Wire.invite())
        let session = try #require(wire.sessions.first)
        wire.command { core, now in core.ring(session, at: now) }
        wire.command { core, now in core.progress(session, sdp: Array(Wire.sdp.utf8), at: now) }
        wire.command { core, now in core.answer(session, sdp: Array(Wire.sdp.utf8), at: now) }
        #expect(wire.news() == ["100", "incoming", "180", "183", "200"])
        let tags = try wire.sent.dropFirst().map { try $0.message.headers.to.tag }
        #expect(Set(tags).count == 1)
        #expect(try wire.sent.first?.message.headers.to.tag == nil)
        try wire.receive(Wire.request("ACK", branch: "z9hG4bKa", toTag: tags.first ?? nil))
        wire.command { core, now in core.hangUp(session, at: now) }
        #expect(try wire.lastRequest?.headers.from.tag == tags.first)
        #expect(try wire.lastRequest?.headers.to.tag == "far")
    }

    /// The callee's route set is Record-Route in its order, repeated in the responses; a bare one gets its brackets.
    @Test func calleeFollowsRecordRoute() throws {
        var wire = Wire()
        try wire.receive(
            Wire.invite(lines: ["Record-Route: sip:198.51.100.9:443;transport=tls;lr", "Record-Route: <sip:two;lr>"]))
        let session = try #require(wire.sessions.first)
        wire.command { core, now in core.answer(session, sdp: Array(Wire.sdp.utf8), at: now) }
        let answer = try #require(wire.lastResponse)
        #expect(answer.headers.all(.recordRoute).count == 2)
        #expect(answer.headers.first(.contact)?.text == "<sip:bob@192.0.2.1:5060;transport=tcp>")
        try wire.receive(Wire.request("ACK", branch: "z9hG4bKa", toTag: try answer.headers.to.tag))
        wire.command { core, now in core.hangUp(session, at: now) }
        let bye = try #require(wire.lastRequest)
        #expect(
            bye.headers.all(.route).map(\.text) == ["<sip:198.51.100.9:443;transport=tls;lr>", "<sip:two;lr>"])
        #expect("\(bye.uri)" == "sip:alice@198.51.100.2:5060;transport=tcp")
        // The connection of the dialog is there: it is used, whatever the Route says.
        #expect(wire.sent.last?.destination.transport == .tcp)
        #expect(wire.sent.last?.destination.path == wire.path())
    }

    /// When the dialog's connection is gone, the first Route is dialled.
    @Test func lostConnectionDialsTheRoute() throws {
        var (wire, session, _) = try Wire.established()
        wire.command { core, now in core.connectionClosed(ConnectionID(number: 1), at: now) }
        wire.command { core, now in core.hangUp(session, at: now) }
        let destination = try #require(wire.sent.last?.destination)
        #expect(destination.path == nil)
        #expect(destination.transport == .tcp)
        #expect(destination.host.description == "198.51.100.2")
        #expect(destination.port == 5060)
    }

    /// A call that lost its connection says where it would dial, until it has a way again or is over.
    @Test func lostConnectionIsToBeRedialled() throws {
        var (wire, session, tag) = try Wire.established()
        #expect(wire.core.sessions(on: ConnectionID(number: 1)) == [session])
        #expect(wire.core.destinationToRedial(of: session) == nil)
        wire.command { core, now in core.connectionClosed(ConnectionID(number: 1), at: now) }
        #expect(wire.core.sessions(on: ConnectionID(number: 1)) == [])
        #expect(wire.core.destinationToRedial(of: session)?.host.description == "198.51.100.2")
        try wire.receive(
            Wire.request("OPTIONS", branch: "z9hG4bK2", toTag: tag, sequence: 2), from: wire.path(connection: 2))
        #expect(wire.core.destinationToRedial(of: session) == nil)
    }

    /// A Route by IP address is dialled anew under the name that the first certificate was checked against, so that a call
    /// outlives a carrier's idle close of TLS.
    @Test func newConnectionIsHeldToTheName() throws {
        var wire = Wire(over: .tls)
        let carrier = try Host("pstn.in2.exotel.com")
        let session = try wire.place { $0.destination = Destination(transport: .tls, host: carrier, port: 443) }
        try wire.answer(
            .ok, try #require(wire.lastRequest),
            lines: [
                "Contact: <sip:bob@198.51.100.2:5070>", "Record-Route: <sip:198.51.100.2:443;transport=tls;lr>",
            ])
        wire.command { core, now in core.connectionClosed(ConnectionID(number: 1), at: now) }
        wire.command { core, now in core.hangUp(session, at: now) }
        let destination = try #require(wire.sent.last?.destination)
        #expect(destination.path == nil)
        #expect(destination.host.description == "198.51.100.2" && destination.port == 443)
        #expect(destination.serverName?.text == "pstn.in2.exotel.com")
    }

    /// A peer that comes back on a new connection is answered there.
    @Test func newConnectionIsFollowed() throws {
        var (wire, session, tag) = try Wire.established()
        wire.command { core, now in core.connectionClosed(ConnectionID(number: 1), at: now) }
        let path = wire.path(connection: 2)
        try wire.receive(Wire.request("OPTIONS", branch: "z9hG4bK2", toTag: tag, sequence: 2), from: path)
        wire.command { core, now in core.hangUp(session, at: now) }
        #expect(wire.sent.last?.destination.path == path)
    }

    /// A re-INVITE that we accept moves the target; one that we refuse does not (section 12.2.2).
    @Test(arguments: [true, false])
    func acceptedReinviteMovesTheTarget(accepts: Bool) throws {
        var (wire, session, tag) = try Wire.established()
        let moved = Wire.invite(branch: "z9hG4bK2", toTag: tag, sequence: 2)
            .replacing("sip:alice@198.51.100.2", with: "sip:moved@198.51.100.2")
        try wire.receive(moved)
        #expect(wire.news() == ["100", "offer received"])
        if accepts {
            wire.command { core, now in core.acceptOffer(session, sdp: Array(Wire.sdp.utf8), at: now) }
        } else {
            wire.command { core, now in core.refuseOffer(session, .notAcceptableHere, at: now) }
        }
        try wire.receive(Wire.request("ACK", branch: accepts ? "z9hG4bK3" : "z9hG4bK2", toTag: tag, sequence: 2))
        #expect(wire.news() == (accepts ? ["200", "offer confirmed"] : ["488"]))
        wire.command { core, now in core.hangUp(session, at: now) }
        let uri = try #require(wire.lastRequest?.uri.sip)
        #expect(uri.user == (accepts ? "moved" : "alice"))
    }

    /// The advertised address of a bound one is what Contact shows.
    @Test func contactShowsTheAdvertisedAddress() throws {
        let outside = AdvertisedAddress(host: try Host("gw.example.com"), port: 5099)
        var wire = Wire { $0.advertised[Wire.ours] = outside }
        try wire.receive(Wire.invite())
        let session = try #require(wire.sessions.first)
        wire.command { core, now in core.ring(session, at: now) }
        #expect(wire.lastResponse?.headers.first(.contact)?.text == "<sip:bob@gw.example.com:5099;transport=tcp>")
    }
}
