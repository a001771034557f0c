import Foundation
import TLS
import ThrowawayCertificates

/// The authority that the tests trust, one that they do not, and what they sign as the TLS room takes it.
extension ThrowawayAuthority {
    static let trusted = Result { try ThrowawayAuthority("Trunkline Test Root") }
    static let rogue = Result { try ThrowawayAuthority("Rogue Root") }

    var anchor: PEM { .file(path: self.certificate.path()) }

    /// As `sign` signs.
    func issue(
        _ commonName: String, names: String?, usage: String = "serverAuth", from: String = "20240101000000Z",
        until: String = "20480101000000Z"
    ) throws -> TLSConfiguration.Identity {
        TLSConfiguration.Identity(
            try self.sign(commonName, names: names, usage: usage, from: from, until: until))
    }

    func selfSigned(_ commonName: String, names: String) throws -> TLSConfiguration.Identity {
        TLSConfiguration.Identity(try self.selfSign(commonName, names: names))
    }
}

extension TLSConfiguration.Identity {
    fileprivate init(_ files: ThrowawayAuthority.Files) {
        self.init(
            certificateChain: .file(path: files.certificate.path()), privateKey: .file(path: files.key.path()))
    }
}
