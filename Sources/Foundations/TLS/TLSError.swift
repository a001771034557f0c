/// What can go wrong with TLS; each `description` is a sentence for a log and a call record, and holds no secret.
package enum TLSError: Error, Hashable, Sendable {
    /// The peer's certificate does not prove that it is the peer that was wanted.
    case certificateRefused(CertificateFault)
    /// The peer sent a fatal alert (RFC 8446 section 6); the text is the alert's name.
    case refusedByPeer(alert: String)
    /// The first bytes of the peer are not a TLS record.
    case peerDoesNotSpeakTLS
    /// The two sides have no version, cipher or curve in common, or one broke the protocol; the text is OpenSSL's reason.
    case protocolFailure(reason: String)
    /// The connection was closed before the handshake was over.
    case closedDuringHandshake
    /// Something was sent before the handshake was over or after the session was closed.
    case notEstablished
    /// A name that no certificate can prove: empty, longer than 253 octets, or with a character that DNS does not have.
    case unusableServerName(String)
    /// A file or text of the configuration cannot be used; the reason is a clause without a full stop.
    case unusableFile(path: String, reason: String)
    /// A server needs a certificate and a key, and the configuration names none.
    case serverWithoutCertificate
}

extension TLSError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .certificateRefused(let fault):
            fault.description
        case .refusedByPeer(let alert):
            "The peer refused the TLS handshake or ended the session with the alert \"\(alert)\"."
        case .peerDoesNotSpeakTLS:
            "The peer does not speak TLS on this port."
        case .protocolFailure(let reason):
            "The TLS handshake or session failed: \(reason)."
        case .closedDuringHandshake:
            "The peer closed the connection before the TLS handshake was over."
        case .notEstablished:
            "The TLS session is not open."
        case .unusableServerName(let name):
            "\"\(printable(name.utf8))\" is not a name that a certificate can prove."
        case .unusableFile(let path, let reason):
            "\(path) cannot be used for TLS: \(reason)."
        case .serverWithoutCertificate:
            "A TLS server needs a certificate and a private key, and none is configured."
        }
    }
}

/// Why a certificate was refused (RFC 5280 section 6, RFC 5922 section 7, RFC 6125 section 6).
package enum CertificateFault: Hashable, Sendable {
    /// Its time is over; `since` is the end of its validity.
    case expired(subject: String, since: String)
    /// Its time has not begun, or our clock is wrong; `until` is the beginning of its validity.
    case notYetValid(subject: String, until: String)
    /// It is valid, but for somebody else.
    case nameMismatch(wanted: String, found: [String])
    /// No trusted authority signed it, or a certificate between it and the authority is missing.
    case untrustedIssuer(subject: String, issuer: String)
    /// It signed itself and is not among the trusted ones.
    case selfSigned(subject: String)
    /// It may not be used by a server (or by a client, when we are the server).
    case wrongPurpose(subject: String)
    /// A client showed none, and the server wants one.
    case missing
    /// Anything else that OpenSSL's chain check found, in its words.
    case invalidChain(subject: String, reason: String)
}

extension CertificateFault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .expired(let subject, let since):
            "The certificate \(subject) has expired: it was valid until \(since)."
        case .notYetValid(let subject, let until):
            "The certificate \(subject) is not yet valid: it begins on \(until)."
        case .nameMismatch(let wanted, let found):
            "The certificate is for \(found.isEmpty ? "no name at all" : found.joined(separator: ", "))"
                + ", but \(wanted) was wanted."
        case .untrustedIssuer(let subject, let issuer):
            "The certificate \(subject) was issued by \(issuer), which is not trusted here."
        case .selfSigned(let subject):
            "The certificate \(subject) is self-signed and not among the trusted ones."
        case .wrongPurpose(let subject):
            "The certificate \(subject) may not be used for this purpose (extended key usage)."
        case .missing:
            "The peer showed no certificate, and one is required here."
        case .invalidChain(let subject, let reason):
            "The certificate \(subject) was refused: \(reason)."
        }
    }
}

/// Text of a peer for a log: everything but printable ASCII as `\xNN`, and at most 256 octets of it.
func printable(_ octets: some Collection<UInt8>) -> String {
    octets.prefix(256).map { octet in
        (0x20...0x7E).contains(octet)
            ? String(UnicodeScalar(octet))
            : "\\x" + (octet < 16 ? "0" : "") + String(octet, radix: 16)
    }.joined() + (octets.count > 256 ? "…" : "")
}
