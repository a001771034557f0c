import Addressing
import SIPSyntax
import SIPTransport

/// A name whose servers could not be found; the sentence says why.
package struct UnknownServers: Error, Hashable, Sendable {
    package let sentence: String
}

extension Endpoint {
    /// Looks the servers of a destination up (RFC 3263) and returns at once; `completion` is called once, on the endpoint's
    /// loop, with at least one server, in the order in which they are to be tried.
    package func locate(
        _ destination: Destination,
        _ completion: @escaping @Sendable (Result<[TransportAddress], UnknownServers>) -> Void
    ) {
        self.transport.assumeIsolated { transport in
            transport.locate(destination) { result in
                completion(result.mapError { UnknownServers(sentence: $0.sentence) })
            }
        }
    }

    /// The servers of a destination, in the order in which they are to be tried (RFC 3263); at least one.
    package func servers(of destination: Destination) async throws(UnknownServers) -> [TransportAddress] {
        do {
            return try await self.transport.servers(of: destination)
        } catch {
            throw UnknownServers(sentence: error.sentence)
        }
    }
}
