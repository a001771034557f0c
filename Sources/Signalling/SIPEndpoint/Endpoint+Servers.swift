import Addressing
import SIPSyntax
import SIPTransport

/// A name whose servers could not be found; the sentence says why.
package struct UnknownServers: Error, Hashable, Sendable {
    package let sentence: String
}

extension Endpoint {
    /// The servers of a destination, in the order in which they are to be tried (RFC 3263); at least one.
    package func servers(of destination: Destination) async throws(UnknownServers) -> [TransportAddress] {
        do {
            return try await self.transport.servers(of: destination)
        } catch {
            throw UnknownServers(sentence: error.sentence)
        }
    }
}
