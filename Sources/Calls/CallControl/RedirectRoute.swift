import Addressing
import SIPSyntax

/// One target of a 3xx, and the servers of its host as they are tried (RFC 3263 section 4.3).
package struct RedirectRoute: Hashable, Sendable {
    package let target: SIPURI
    /// One server of the host, once they have been found.
    package private(set) var destination: Destination
    private var untried: [TransportAddress] = []

    package init(to target: SIPURI, over destination: Destination) {
        self.target = target
        self.destination = destination
    }

    /// Whether the servers of the host are still to be found.
    package var wantsServers: Bool {
        if case .name = self.destination.host { self.destination.address == nil } else { false }
    }

    /// Takes the servers of the host, of which the first few are tried.
    package mutating func found(_ servers: [TransportAddress]) {
        self.untried = Array(servers.prefix(CallRoutes.serversMax))
        _ = self.takeNext()
    }

    /// Goes to the next server; false when none is left.
    package mutating func takeNext() -> Bool {
        guard !self.untried.isEmpty else { return false }
        let server = self.untried.removeFirst()
        self.destination.address = server.address
        self.destination.port = server.port
        return true
    }
}
