import Addressing
import NIOCore
import SIPSyntax

extension TransportLayer {
    /// The addresses of a name, as messages to it would find them; none when it has none or the look-up took too long.
    package func addresses(of name: HostName) async -> [IPAddress] {
        let answer = self.locator.addresses(of: name)
        return await withCheckedContinuation { continuation in
            answer.whenComplete { continuation.resume(returning: (try? $0.get()) ?? []) }
        }
    }

    /// Looks the servers of a destination up without anybody waiting; `completion` is called once, on the event loop.
    package func locate(
        _ destination: Destination,
        _ completion: @escaping @Sendable (Result<[TransportAddress], TransportError>) -> Void
    ) {
        self.locator.servers(of: destination).whenComplete { result in
            completion(result.mapError { TransportError(locating: $0) })
        }
    }

    /// The servers of a destination, in the order in which they are to be tried (RFC 3263 section 4.3); at least one.
    package func servers(of destination: Destination) async throws(TransportError) -> [TransportAddress] {
        let answer = self.locator.servers(of: destination)
        let result = await withCheckedContinuation { continuation in
            answer.whenComplete { continuation.resume(returning: $0) }
        }
        do {
            return try result.get()
        } catch {
            throw TransportError(locating: error)
        }
    }
}
