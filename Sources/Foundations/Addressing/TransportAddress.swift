/// An IP address and a port, the "transport address" of RFC 3550 section 3.
package struct TransportAddress: Hashable, Sendable {
    package var address: IPAddress
    package var port: UInt16

    package init(_ address: IPAddress, port: UInt16) {
        self.address = address
        self.port = port
    }
}

extension TransportAddress: CustomStringConvertible {
    /// `192.0.2.1:5060` or `[2001:db8::1]:5060`.
    package var description: String {
        "\(self.address.bracketed):\(self.port)"
    }
}
