import Addressing
import SIPSyntax

/// Where a response goes: RFC 3261 section 18.2.2 with RFC 3581 section 4.
package enum ResponseRoute {
    /// `via` is the request's top Via after `Via.fill`, `path` the way that the request came.
    ///
    /// Streams: the same connection, else a new one to the source address and the sent-by port. Datagrams: the source
    /// port if `rport` asked for it, else the sent-by port. `maddr` is not followed: it serves multicast, which this
    /// stack does not take part in, and would let a stranger aim our answers at a third party.
    package static func destination(for via: Via, from path: TransportPath) -> Destination {
        let address = via.received ?? via.host.address ?? path.remote.address
        let sentByPort = via.port ?? path.transport.defaultPort
        if path.transport.isReliable {
            return Destination(transport: path.transport, host: .ip(address), port: sentByPort, path: path)
        }
        let remote = TransportAddress(address, port: via.rport ?? sentByPort)
        return Destination(
            transport: path.transport, host: .ip(remote.address), port: remote.port,
            path: TransportPath(transport: path.transport, local: path.local, remote: remote))
    }
}
