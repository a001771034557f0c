import Addressing
import SIPSyntax
import Synchronization
import TLS

/// What a TLS listener shows to the next connection; replaced while it listens.
///
/// The loops that accept read it. A session keeps the context that it began with, so connections that are open do not
/// notice a renewed certificate.
final class ServerIdentity: Sendable {
    private let context: Mutex<TLSContext>

    init(_ context: TLSContext) {
        self.context = Mutex(context)
    }

    var current: TLSContext { self.context.withLock { $0 } }

    func replace(by context: TLSContext) {
        precondition(context.role == .server, "a listener shows a server's context")
        self.context.withLock { $0 = context }
    }
}

extension TransportLayer {
    /// Reaches these peers with other trust and another certificate of ours from the next connection on. Connections that
    /// are open live on for the dialogs that began on them.
    package func renew(_ contexts: [Host: TLSContext]) {
        for (host, context) in contexts {
            precondition(context.role == .client, "a peer is reached with a client's context")
            guard let old = self.profiles[host]?.tls else { continue }
            self.profiles[host]?.tls = context
            for (address, server) in self.knownServers where server.profile.tls === old {
                self.knownServers[address]?.profile.tls = context
            }
        }
    }

    /// Shows the certificate of `context` to every TLS connection that is accepted from now on.
    package func renew(_ context: TLSContext) {
        for identity in self.serverIdentities { identity.replace(by: context) }
    }
}
