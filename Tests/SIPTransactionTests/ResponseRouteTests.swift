import Addressing
import SIPSyntax
import SIPTransaction
import Testing
import Timekeeping

/// Where responses go: RFC 3261 section 18.2, RFC 3581 section 4.
@Suite struct ResponseRouteTests {
    private func destination(_ via: String, _ transport: SIPTransportName = .udp) throws -> (Destination, Via) {
        var headers = try Messages.request(branch: nil, via: via).headers
        try headers.fillTopVia(source: Messages.peer)
        let top = try headers.topVia
        return (ResponseRoute.destination(for: top, from: Messages.path(transport)), top)
    }

    /// Address, then port, of each kind of Via; the source is 198.51.100.2:5062.
    @Test(arguments: [
        ("198.51.100.2:5080;branch=z9hG4bK1", "198.51.100.2", 5080),
        ("198.51.100.2;branch=z9hG4bK1", "198.51.100.2", 5060),
        ("198.51.100.2:5080;rport;branch=z9hG4bK1", "198.51.100.2", 5062),
        ("10.0.0.1:5080;branch=z9hG4bK1", "198.51.100.2", 5080),
        ("10.0.0.1:5080;rport;branch=z9hG4bK1", "198.51.100.2", 5062),
        ("host.example.com;branch=z9hG4bK1", "198.51.100.2", 5060),
        ("198.51.100.2:5080;maddr=203.0.113.9;branch=z9hG4bK1", "198.51.100.2", 5080),
    ])
    func datagramsGoToTheSource(via: String, host: String, port: UInt16) throws {
        let (destination, _) = try self.destination(via)
        #expect(destination.host.description == host)
        #expect(destination.port == port)
        #expect(destination.path?.local == Messages.ours)
        #expect(destination.path?.remote.port == port)
    }

    /// Streams answer on the connection; without it, the source address at the sent-by port.
    @Test func streamsKeepTheConnection() throws {
        let (destination, _) = try self.destination("10.0.0.1:5080;rport;branch=z9hG4bK1", .tcp)
        #expect(destination.path == Messages.path(.tcp))
        #expect(destination.host.description == "198.51.100.2")
        #expect(destination.port == 5080)
    }

    @Test func receivedAndRportAreFilledIn() throws {
        let (_, via) = try self.destination("10.0.0.1:5080;rport;branch=z9hG4bK1")
        #expect(via.received == Messages.peer.address)
        #expect(via.rport == 5062)
        let (_, plain) = try self.destination("198.51.100.2:5062;branch=z9hG4bK1")
        #expect(plain.received == nil)
        #expect(plain.rport == nil)
    }

    /// Only the top Via is touched, also when several stand on one line.
    @Test func otherViasStay() throws {
        var headers = Headers()
        headers.add(
            .via,
            try HeaderValue("SIP/2.0/UDP 10.0.0.1;rport;branch=z9hG4bK1, SIP/2.0/TCP b.example.com;branch=z9hG4bK2"))
        headers.add(.via, try HeaderValue("SIP/2.0/UDP  c.example.com ;branch=z9hG4bK3"))
        try headers.fillTopVia(source: Messages.peer)
        let vias = try headers.vias
        #expect(vias.map { $0.branch } == ["z9hG4bK1", "z9hG4bK2", "z9hG4bK3"])
        #expect(vias.map(\.received) == [Messages.peer.address, nil, nil])
        #expect(headers.all(.via).count == 2)
    }

    @Test func missingViaIsAnError() {
        var headers = Headers()
        #expect(throws: SIPSyntaxError.missingHeader(.via)) { try headers.fillTopVia(source: Messages.peer) }
    }
}
