/// What one TLS context is made from.
package struct TLSConfiguration: Hashable, Sendable {
    /// Where the trusted authorities come from.
    package enum TrustAnchors: Hashable, Sendable {
        /// Those of the operating system.
        case system
        /// Only those in this PEM: a private authority, and nobody else.
        case only(PEM)
        /// Those of the operating system and those in this PEM.
        case systemAnd(PEM)
    }

    /// How the peer's certificate is checked.
    package enum Verification: Hashable, Sendable {
        /// Chain, dates, purpose and name.
        case full
        /// INSECURE: anybody in the path can be the peer, hear the call's keys and place calls. For tests only.
        case insecureNoVerification
    }

    /// A certificate chain, own certificate first, and its private key.
    package struct Identity: Hashable, Sendable {
        package var certificateChain: PEM
        package var privateKey: PEM

        package init(certificateChain: PEM, privateKey: PEM) {
            self.certificateChain = certificateChain
            self.privateKey = privateKey
        }
    }

    /// Whether a server asks its clients for a certificate (mutual TLS).
    package enum ClientCertificates: Hashable, Sendable {
        case notAsked
        /// A client without a certificate is refused, and one whose chain, dates or purpose fail.
        ///
        /// `names`: one of them must be in the certificate; empty takes whatever the authority has signed.
        case required(signedBy: TrustAnchors, names: [ServerName])
    }

    /// The oldest version of the protocol that is spoken.
    package enum Version: String, Hashable, Sendable, CaseIterable {
        case tls12 = "1.2"
        case tls13 = "1.3"
    }

    package var trustAnchors: TrustAnchors
    package var verification: Verification
    /// Needed by a server; shown by a client when the server asks for one.
    package var identity: Identity?
    /// Of a server only.
    package var clientCertificates: ClientCertificates = .notAsked
    package var versionMin: Version = .tls12

    package init(
        trustAnchors: TrustAnchors = .system, verification: Verification = .full, identity: Identity? = nil
    ) {
        self.trustAnchors = trustAnchors
        self.verification = verification
        self.identity = identity
    }
}

/// PEM text (RFC 7468), by the path of its file or as it is.
package enum PEM: Hashable, Sendable {
    case file(path: String)
    case text(String)

    /// For a sentence; the text itself, which may be a key, is never shown.
    var name: String {
        switch self {
        case .file(let path): path
        case .text: "the PEM text"
        }
    }
}
