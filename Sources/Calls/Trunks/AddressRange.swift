import Addressing

/// A block of IP addresses: one address, or an address with a prefix length (RFC 4632, RFC 4291 section 2.3).
package struct AddressRange: Hashable, Sendable {
    package let address: IPAddress
    package let prefixLength: Int

    package init(_ address: IPAddress) {
        self.init(address, prefixLength: address.isV4 ? 32 : 128)
    }

    /// `203.0.113.7`, `203.0.113.0/24`, `2001:db8::/32`. Bits beyond the prefix must be zero: a typing error is not
    /// silently a larger network.
    package init(_ text: some StringProtocol) throws(TrunkError) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let address = IPAddress(parts[0]) else { throw .badAddressRange }
        guard parts.count == 2 else {
            self.init(address)
            return
        }
        guard 1...3 ~= parts[1].utf8.count, parts[1].utf8.allSatisfy(PhoneNumber.isDigit), let length = Int(parts[1]),
            length <= (address.isV4 ? 32 : 128)
        else { throw .badAddressRange }
        guard Self.network(of: address, prefixLength: length) == address else { throw .badAddressRange }
        self.init(address, prefixLength: length)
    }

    private init(_ address: IPAddress, prefixLength: Int) {
        self.address = address
        self.prefixLength = prefixLength
    }

    package func contains(_ address: IPAddress) -> Bool {
        let address = address.unmapped
        return address.isV4 == self.address.isV4
            && Self.network(of: address, prefixLength: self.prefixLength) == self.address
    }

    private static func network(of address: IPAddress, prefixLength: Int) -> IPAddress {
        switch address {
        case .v4(let octets):
            return .v4(octets & (UInt32.max << UInt32(32 - prefixLength)))
        case .v6(let high, let low):
            let mask = UInt128.max << UInt128(128 - prefixLength)
            return .v6(
                high: high & UInt64(truncatingIfNeeded: mask >> 64), low: low & UInt64(truncatingIfNeeded: mask))
        }
    }
}

extension AddressRange: CustomStringConvertible {
    package var description: String {
        self.prefixLength == (self.address.isV4 ? 32 : 128)
            ? self.address.description : "\(self.address)/\(self.prefixLength)"
    }
}
