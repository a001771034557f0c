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
    /// Shows the certificate of `context` to every TLS connection that is accepted from now on.
    package func renew(_ context: TLSContext) {
        for identity in self.serverIdentities { identity.replace(by: context) }
    }
}
