import Addressing
import SIPSyntax
import SIPUserAgent
import Testing

/// BYE, re-INVITE, CANCEL and ACK that somebody else than the peer sends, with every name right.
@Suite struct ForeignRequestTests {
    private static let thief = TransportAddress(.v4(0xCB00_7109), port: 5060)

    /// Which ways a request may come, by the setting and the dialog's own way.
    @Test(arguments: [
        // The dialog's own address, by ways that prove as much, more, and less.
        (
            DialogPeerCheck.trunkAddresses, SIPTransportName.tls, SIPTransportName.tls, Wire.peer,
            RequestSource.stranger, true
        ),
        (.trunkAddresses, .tcp, .tls, Wire.peer, .stranger, true),
        (.trunkAddresses, .tls, .tcp, Wire.peer, .known, false),
        (.trunkAddresses, .tls, .udp, Wire.peer, .known, false),
        (.trunkAddresses, .tcp, .udp, Wire.peer, .known, false), (.trunkAddresses, .udp, .tcp, Wire.peer, .known, true),
        // Another address: a trunk's or nobody's.
        (.trunkAddresses, .tls, .tls, Self.thief, .known, true),
        (.trunkAddresses, .tls, .tls, Self.thief, .stranger, false),
        (.trunkAddresses, .udp, .udp, Self.thief, .known, true),
        (.trunkAddresses, .udp, .udp, Self.thief, .stranger, false),
        (.sameAddress, .udp, .udp, Self.thief, .known, false), (.sameAddress, .tls, .udp, Wire.peer, .known, false),
        (.sameAddressOnConnections, .tcp, .tcp, Self.thief, .known, false),
        (.sameAddressOnConnections, .udp, .udp, Self.thief, .stranger, true),
        (.tagsOnly, .tls, .udp, Self.thief, .stranger, true),
    ])
    func byes(
        check: DialogPeerCheck, over transport: SIPTransportName, by way: SIPTransportName,
        from address: TransportAddress,
        as source: RequestSource, isTaken: Bool
    ) throws {
        var (wire, _, tag) = try Wire.established(over: transport) { $0.dialogPeerCheck = check }
        let path = wire.path(from: address, connection: 9, over: way)
        try wire.receive(Wire.request("BYE", branch: "z9hG4bKx", toTag: tag, sequence: 2), from: path, source)
        #expect(wire.news() == (isTaken ? ["200", "ended hungUpByPeer"] : ["403"]))
        #expect(wire.core.refusals.foreignRequests == (isTaken ? 0 : 1))
        #expect(wire.core.counts.sessions == (isTaken ? 0 : 1))
    }

    /// The peer's Contact counts as its address: a proxy without Record-Route leaves the dialog.
    @Test func theContactIsThePeers() throws {
        var wire = Wire(over: .udp) { $0.dialogPeerCheck = .trunkAddresses }
        let contact = Wire.invite().replacing("alice@198.51.100.2:5060", with: "alice@203.0.113.9")
        try wire.receive(contact)
        let session = try #require(wire.sessions.first)
        wire.command { core, now in core.answer(session, sdp: Array(Wire.sdp.utf8), at: now) }
        let tag = try #require(try wire.lastResponse?.headers.to.tag)
        let path = wire.path(from: Self.thief)
        try wire.receive(Wire.request("ACK", branch: "z9hG4bKack", toTag: tag), from: path, .stranger)
        try wire.receive(Wire.request("BYE", branch: "z9hG4bKx", toTag: tag, sequence: 2), from: path, .stranger)
        #expect(wire.news() == ["100", "incoming", "200", "confirmed", "200", "ended hungUpByPeer"])
    }

    /// A re-INVITE from elsewhere changes nothing, and its CSeq number is not taken for the peer's.
    @Test func aReinviteIsRefused() throws {
        var (wire, _, tag) = try Wire.established { $0.dialogPeerCheck = .trunkAddresses }
        let path = wire.path(from: Self.thief, connection: 9)
        try wire.receive(Wire.invite(branch: "z9hG4bKx", toTag: tag, sequence: 900), from: path, .stranger)
        #expect(wire.news() == ["403"])
        try wire.receive(Wire.invite(branch: "z9hG4bKy", toTag: tag, sequence: 2))
        #expect(wire.news() == ["100", "offer received"])
    }

    /// A CANCEL with the branch of a ringing call, and the ACK of an answered one.
    @Test func cancelAndACKAreRefused() throws {
        var wire = Wire(over: .udp) { $0.dialogPeerCheck = .trunkAddresses }
        let path = wire.path(from: Self.thief)
        try wire.receive(Wire.invite())
        try wire.receive(Wire.request("CANCEL"), from: path, .stranger)
        #expect(wire.news() == ["100", "incoming", "403"])
        let session = try #require(wire.sessions.first)
        wire.command { core, now in core.answer(session, sdp: Array(Wire.sdp.utf8), at: now) }
        let tag = try #require(try wire.lastResponse?.headers.to.tag)
        try wire.receive(Wire.request("ACK", branch: "z9hG4bKack", toTag: tag), from: path, .stranger)
        #expect(wire.news() == ["200"])
        #expect(wire.core.refusals.foreignRequests == 2)
        try wire.receive(Wire.request("ACK", branch: "z9hG4bKack", toTag: tag))
        #expect(wire.news() == ["confirmed"])
    }

    /// Without the right tags nothing is found, wherever it comes from.
    @Test func wrongTagsNameNoDialog() throws {
        var (wire, _, _) = try Wire.established()
        try wire.receive(Wire.request("BYE", branch: "z9hG4bKx", toTag: "guess", sequence: 2))
        #expect(wire.news() == ["481"])
        #expect(wire.core.counts.sessions == 1)
    }
}
