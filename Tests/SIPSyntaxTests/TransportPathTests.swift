import Addressing
import SIPSyntax
import Testing

struct TransportPathTests {
    @Test(arguments: [
        (SIPTransportName.udp, false, UInt16(5060), "UDP"), (.tcp, true, 5060, "TCP"), (.tls, true, 5061, "TLS"),
    ])
    func transports(_ name: SIPTransportName, isReliable: Bool, port: UInt16, via: String) {
        #expect(name.isReliable == isReliable)
        #expect(name.defaultPort == port)
        #expect(name.viaTransport.text == via)
        #expect(name.viaTransport.transportName == name)
        #expect(name.parameterValue.text == via.lowercased())
        #expect(ViaTransport(Token(trusted: "sctp")).transportName == nil)
    }

    /// RFC 3261 section 18.2.2: a response goes back over the connection of its request.
    @Test func repliesGoBackTheSameWay() {
        let path = TransportPath(
            transport: .tls, local: TransportAddress(.loopback, port: 5061),
            remote: TransportAddress(.loopback, port: 40_000), connection: ConnectionID(number: 7))
        let destination = Destination(replyingOn: path)
        #expect(destination.transport == .tls)
        #expect(destination.host == .ip(.loopback))
        #expect(destination.port == 40_000)
        #expect(destination.path == path)
        #expect(destination.serverName == nil)
        #expect(ConnectionID(number: 7).description == "connection 7")
    }
}
