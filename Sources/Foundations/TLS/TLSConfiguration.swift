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

    package var trustAnchors: TrustAnchors
    package var verification: Verification
    /// Needed by a server; shown by a client when the server asks for one.
    package var identity: Identity?

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
