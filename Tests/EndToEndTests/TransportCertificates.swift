import Foundation
import TLS
import ThrowawayCertificates

/// One authority for all transport tests, and contexts of what it signs.
struct TransportCertificates {
    private let authority: ThrowawayAuthority

    static let shared = Result { TransportCertificates(authority: try ThrowawayAuthority("Transport Test Root")) }

    /// A client's context that trusts this authority only.
    ///
    /// - Parameter names: those of the certificate that it shows when it is asked for one; nil shows none.
    func clientContext(names: String? = nil) throws -> TLSContext {
        let identity = try names.map { try self.identity(names: $0) }
        return try TLSContext(.client, TLSConfiguration(trustAnchors: .only(self.anchor), identity: identity))
    }

    var authorityPath: String { self.authority.certificate.path() }

    /// The files of a certificate for these names and of its key.
    func files(names: String) throws -> (certificate: String, key: String) {
        // For servers and for clients: the tests' peers are both.
        let files = try self.authority.sign("edge", names: names, usage: "serverAuth,clientAuth")
        return (files.certificate.path(), files.key.path())
    }

    private var anchor: PEM { .file(path: self.authorityPath) }

    /// A server's context with a certificate for these names, such as `DNS:edge.test,IP:127.0.0.1`.
    ///
    /// - Parameter clients: the names of which each client must prove one; nil asks for no certificate.
    func serverContext(names: String, clients: [String]? = nil) throws -> TLSContext {
        var configuration = TLSConfiguration(identity: try self.identity(names: names))
        if let clients {
            configuration.clientCertificates = .required(
                signedBy: .only(self.anchor), names: try clients.map { try ServerName($0) })
        }
        return try TLSContext(.server, configuration)
    }

    private func identity(names: String) throws -> TLSConfiguration.Identity {
        let files = try self.files(names: names)
        return TLSConfiguration.Identity(
            certificateChain: .file(path: files.certificate), privateKey: .file(path: files.key))
    }
}
