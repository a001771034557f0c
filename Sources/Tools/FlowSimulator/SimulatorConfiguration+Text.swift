import Addressing

/// Values as options of a command line write them.
extension EdgeConfiguration {
    /// Sets the address that is listened on and that descriptions carry.
    package mutating func setAddress(_ text: String) throws(SimulatorError) {
        guard let address = IPAddress(text) else { throw .badOption("\(text) is no IP address") }
        self.address = address
    }

    /// Adds a listener, or moves the one of the same transport.
    package mutating func listen(_ transport: SimulatorListener.Transport, port: UInt16) {
        self.listeners.removeAll { $0.transport == transport }
        self.listeners.append(SimulatorListener(transport, port: port))
    }
}

extension PlacedCall {
    /// - Parameter peer: `tls:127.0.0.1:5061`; an IPv6 address stands in brackets.
    package init(to: String, from: String, peer: String) throws(SimulatorError) {
        for number in [to, from] where !HeaderRules.isE164(number) {
            throw .badOption("\(number) is not E.164, such as +918000000001")
        }
        guard let colon = peer.firstIndex(of: ":"), let lastColon = peer.lastIndex(of: ":"), colon != lastColon,
            let transport = SimulatorListener.Transport(rawValue: String(peer[..<colon])),
            let address = IPAddress(peer[peer.index(after: colon)..<lastColon]),
            let port = UInt16(peer[peer.index(after: lastColon)...]), port > 0
        else { throw .badOption("\(peer) is no peer; write tls:127.0.0.1:5061") }
        self.init(to: to, from: from, peer: TransportAddress(address, port: port), over: transport)
    }
}
