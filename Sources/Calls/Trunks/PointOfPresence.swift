import Addressing
import SIPSyntax

/// One address of a carrier's edge: where INVITEs go, and from where its media comes.
package struct PointOfPresence: Hashable, Sendable {
    /// For a person: `Mumbai`, or the host.
    package var name: String
    package var host: Host
    package var port: UInt16
    /// Whether the host's SRV records say where its servers are; the port then is that of a host without any.
    package var lookup = ServerLookup.addresses
    /// Addresses that its media comes from; empty when they are not known.
    package var mediaAddresses: [IPAddress]

    package init(name: String? = nil, host: Host, port: UInt16, mediaAddresses: [IPAddress] = []) {
        self.name = name ?? host.description
        self.host = host
        self.port = port
        self.mediaAddresses = mediaAddresses
    }
}
