import Addressing
import NIOCore
import SIPSyntax

extension TransportLayer {
    /// The addresses of a name, as messages to it would find them; none when it has none or the look-up took too long.
    package func addresses(of name: HostName) async -> [IPAddress] {
        let answer = self.locator.addresses(of: .name(name))
        return await withCheckedContinuation { continuation in
            answer.whenComplete { continuation.resume(returning: (try? $0.get()) ?? []) }
        }
    }
}
