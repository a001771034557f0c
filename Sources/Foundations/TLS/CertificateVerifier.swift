import Addressing
import COpenSSL

/// Checks the peer's name inside the handshake, and remembers why a certificate was refused.
///
/// A session refers to it by a bare pointer from inside OpenSSL, so `TLSEngine` keeps it as long as the session.
final class CertificateVerifier {
    /// Whom the certificate must prove.
    enum Wanted {
        case server(ServerName)
        /// Any one of these; empty takes every client that the authority has signed.
        case client([ServerName])
    }

    private let wanted: Wanted
    private(set) var fault: CertificateFault?
    /// The wanted name that the certificate has; nil before that, and where no name was wanted.
    private(set) var provedName: ServerName?

    init(wanted: Wanted) {
        self.wanted = wanted
    }

    /// Called by OpenSSL for every certificate of the chain and for every fault; false ends the handshake with an alert.
    @unsafe fileprivate func accept(isValidSoFar: Bool, _ store: OpaquePointer) -> Bool {
        guard let certificate = unsafe X509_STORE_CTX_get_current_cert(store) else { return isValidSoFar }
        guard isValidSoFar else {
            self.fault = unsafe Self.fault(code: X509_STORE_CTX_get_error(store), certificate)
            return false
        }
        guard unsafe X509_STORE_CTX_get_error_depth(store) == 0 else { return true }
        let names = self.wantedNames
        guard !names.isEmpty else { return true }
        let identity = unsafe CertificateIdentity(certificate)
        guard let name = names.first(where: { identity.proves($0) }) else {
            let wanted = names.map(\.description).joined(separator: " or ")
            self.fault = .nameMismatch(wanted: wanted, found: identity.names)
            unsafe X509_STORE_CTX_set_error(store, X509_V_ERR_HOSTNAME_MISMATCH)
            return false
        }
        self.provedName = name
        return true
    }

    private var wantedNames: [ServerName] {
        switch self.wanted {
        case .server(let name): [name]
        case .client(let names): names
        }
    }

    fileprivate var mode: Int32 {
        switch self.wanted {
        case .server: SSL_VERIFY_PEER
        case .client: SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT
        }
    }

    private static func fault(code: Int32, _ certificate: OpaquePointer) -> CertificateFault {
        let subject = unsafe self.text(ofName: X509_get_subject_name(certificate))
        switch code {
        case X509_V_ERR_CERT_HAS_EXPIRED:
            return .expired(subject: subject, since: unsafe self.text(ofTime: X509_get0_notAfter(certificate)))
        case X509_V_ERR_CERT_NOT_YET_VALID:
            return .notYetValid(subject: subject, until: unsafe self.text(ofTime: X509_get0_notBefore(certificate)))
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
            return .selfSigned(subject: subject)
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
            X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN,
            X509_V_ERR_CERT_UNTRUSTED, X509_V_ERR_CERT_SIGNATURE_FAILURE:
            return .untrustedIssuer(
                subject: subject, issuer: unsafe self.text(ofName: X509_get_issuer_name(certificate)))
        case X509_V_ERR_INVALID_PURPOSE:
            return .wrongPurpose(subject: subject)
        default:
            // Safe: OpenSSL returns a constant string for every code.
            return .invalidChain(
                subject: subject, reason: unsafe String(cString: X509_verify_cert_error_string(Int(code))))
        }
    }
}

/// What OpenSSL calls during the handshake; it finds the session's verifier through the session.
private let acceptCertificate: @convention(c) (Int32, OpaquePointer?) -> Int32 = { isValidSoFar, store in
    // Safe: OpenSSL passes its own store context, whose session was given the verifier by `attach`; the engine keeps
    // both alive. A missing link refuses the certificate.
    guard let store = unsafe store,
        let session = unsafe X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()),
        let reference = unsafe SSL_get_ex_data(OpaquePointer(session), 0)
    else { return 0 }
    let verifier = unsafe Unmanaged<CertificateVerifier>.fromOpaque(reference).takeUnretainedValue()
    return unsafe verifier.accept(isValidSoFar: isValidSoFar == 1, store) ? 1 : 0
}

extension CertificateVerifier {
    /// Makes `session` ask this verifier. The caller keeps the verifier until the session is freed.
    @unsafe func attach(to session: OpaquePointer) {
        unsafe _ = SSL_set_ex_data(session, 0, Unmanaged.passUnretained(self).toOpaque())
        unsafe SSL_set_verify(session, self.mode, acceptCertificate)
    }
}
