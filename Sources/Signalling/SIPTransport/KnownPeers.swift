import Addressing

/// The carriers' addresses: strangers can fill every table, but not keep these out.
package struct KnownPeers: Sendable, ExpressibleByArrayLiteral {
    package var addresses: Set<IPAddress>
    /// Further addresses that are known only as ranges, or found out as time goes by. Asked on every loop; must not wait.
    package var others: @Sendable (IPAddress) -> Bool

    package init(_ addresses: Set<IPAddress> = [], others: @escaping @Sendable (IPAddress) -> Bool = { _ in false }) {
        self.addresses = addresses
        self.others = others
    }

    package init(arrayLiteral addresses: IPAddress...) {
        self.init(Set(addresses))
    }

    package func contains(_ address: IPAddress) -> Bool {
        let address = address.unmapped
        return self.addresses.contains(address) || self.others(address)
    }
}
