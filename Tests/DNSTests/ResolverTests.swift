import Addressing
import DNS
import Foundation
import Synchronization
import Testing

/// The resolver's thread and who may let go of it.
@Suite(.timeLimit(.minutes(1))) struct ResolverTests {
    /// A resolver whose server is never heard.
    private static func unheard() throws -> Resolver {
        var configuration = ResolverConfiguration()
        configuration.servers = [TransportAddress(.loopback, port: 9)]
        configuration.tryTimeout = .milliseconds(50)
        configuration.tries = 1
        return try Resolver(configuration)
    }

    /// The thread itself lets go of the last reference, as it does where its owner has gone in the meantime: it must not
    /// wait for itself. Many at once, as which of them is last is the scheduler's choice.
    @Test func itsThreadMayHaveTheLastReference() async throws {
        for _ in 0..<20 {
            weak var observed: Resolver?
            await withCheckedContinuation { continuation in
                guard let resolver = try? Self.unheard() else { return continuation.resume() }
                observed = resolver
                resolver.ask(DNSQuestion(.addresses, of: "nobody.test")) { result in
                    withExtendedLifetime(resolver) {
                        #expect(throws: DNSError.self) { try result.get() }
                        // Whoever asked has let go by now.
                        usleep(1_000)
                    }
                    continuation.resume()
                }
            }
            let deadline = ContinuousClock.now + .seconds(10)
            while observed != nil, ContinuousClock.now < deadline { try await Task.sleep(for: .milliseconds(1)) }
            #expect(observed == nil, "nothing keeps a resolver that nobody asks any more")
        }
    }

    /// Every open question is answered when its resolver is stopped, and later ones at once.
    @Test func shutdownAnswersEverybody() async throws {
        let resolver = try Self.unheard()
        let answered = Mutex(0)
        for index in 0..<50 {
            resolver.ask(DNSQuestion(.services, of: "name\(index).test")) { _ in answered.withLock { $0 += 1 } }
        }
        resolver.shutdown()
        #expect(answered.withLock { $0 } == 50)
        resolver.ask(DNSQuestion(.services, of: "late.test")) { _ in answered.withLock { $0 += 1 } }
        #expect(answered.withLock { $0 } == 51)
    }
}
