import COpenSSL

/// What many sessions of one role share: trusted authorities, own certificate, versions and ciphers.
///
/// Made once and not changed after; any thread may start sessions from it (docs/decisions/0003).
package final class TLSContext: Sendable {
    package enum Role: Hashable, Sendable {
        case client
        case server
    }

    package let role: Role
    package let verification: TLSConfiguration.Verification
    package let clientCertificates: TLSConfiguration.ClientCertificates
    /// The certificate that is shown, for a log; nil for a client without one.
    package let ownCertificate: CertificateSummary?
    let handle: ContextHandle

    /// Reads the files that the configuration names. A server must have an identity.
    package init(_ role: Role, _ configuration: TLSConfiguration) throws(TLSError) {
        if role == .server, configuration.identity == nil { throw .serverWithoutCertificate }
        let handle = try ContextHandle(role, versionMin: configuration.versionMin)
        switch (role, configuration.verification, configuration.clientCertificates) {
        case (.client, .full, _): try handle.trust(configuration.trustAnchors)
        case (.server, _, .required(let anchors, _)): try handle.trust(anchors)
        case (.client, .insecureNoVerification, _), (.server, _, .notAsked): break
        }
        self.ownCertificate = try configuration.identity.map { identity throws(TLSError) in try handle.use(identity) }
        self.role = role
        self.verification = configuration.verification
        self.clientCertificates = configuration.clientCertificates
        self.handle = handle
    }
}

/// The one owner of an `SSL_CTX`.
///
/// `@unchecked Sendable` by decision 0003: the context is configured inside `TLSContext.init`, before anybody else sees
/// it; afterwards only `SSL_new` reads it, which OpenSSL allows from several threads (its reference count is atomic).
@safe struct ContextHandle: ~Copyable, @unchecked Sendable {
    let pointer: OpaquePointer

    init(_ role: TLSContext.Role, versionMin: TLSConfiguration.Version) throws(TLSError) {
        // Safe: the method tables are constants of libssl, and the new context is owned by this value alone.
        let created = unsafe role == .client ? SSL_CTX_new(TLS_client_method()) : SSL_CTX_new(TLS_server_method())
        guard let pointer = unsafe created else { throw OpenSSLErrors.protocolFailure() }
        unsafe self.pointer = pointer
        // Safe: these set numbers in the context that was just made.
        unsafe _ = copenssl_SSL_CTX_set_min_proto_version(pointer, versionMin.number)
        unsafe _ = copenssl_SSL_CTX_set_mode(pointer, Int(SSL_MODE_RELEASE_BUFFERS))
        // A resumed session skips the certificate checks, so every connection is verified by itself (CVE-2020-15260).
        unsafe _ = copenssl_SSL_CTX_set_session_cache_mode(pointer, Int(SSL_SESS_CACHE_OFF))
        unsafe copenssl_SSL_CTX_forbid_tickets_and_renegotiation(pointer)
    }

    deinit {
        // Safe: the only owner gives its reference back; sessions hold references of their own.
        unsafe SSL_CTX_free(self.pointer)
    }

    borrowing func trust(_ anchors: TLSConfiguration.TrustAnchors) throws(TLSError) {
        switch anchors {
        case .system:
            try self.trustSystem()
        case .only(let pem):
            try self.trust(pem)
        case .systemAnd(let pem):
            try self.trustSystem()
            try self.trust(pem)
        }
    }

    private borrowing func trustSystem() throws(TLSError) {
        // Safe: the context lives as long as this value.
        guard unsafe SSL_CTX_set_default_verify_paths(self.pointer) == 1 else { throw OpenSSLErrors.protocolFailure() }
    }

    private borrowing func trust(_ pem: PEM) throws(TLSError) {
        for certificate in try pem.certificates() {
            // Safe: the store belongs to the context, and takes a reference of its own to the certificate.
            guard unsafe X509_STORE_add_cert(SSL_CTX_get_cert_store(self.pointer), certificate.pointer) == 1 else {
                throw .unusableFile(path: pem.name, reason: OpenSSLErrors.takeReason())
            }
        }
    }

    borrowing func use(_ identity: TLSConfiguration.Identity) throws(TLSError) -> CertificateSummary {
        let chain = try identity.certificateChain.certificates()
        for (index, certificate) in chain.enumerated() {
            // Safe: both calls take references of their own to the certificate.
            let isAccepted =
                unsafe index == 0
                ? SSL_CTX_use_certificate(self.pointer, certificate.pointer)
                : copenssl_SSL_CTX_add1_chain_cert(self.pointer, certificate.pointer)
            guard isAccepted == 1 else {
                throw .unusableFile(path: identity.certificateChain.name, reason: OpenSSLErrors.takeReason())
            }
        }
        let key = try identity.privateKey.privateKey()
        // Safe: the context takes a reference of its own to the key.
        guard unsafe SSL_CTX_use_PrivateKey(self.pointer, key.pointer) == 1,
            unsafe SSL_CTX_check_private_key(self.pointer) == 1
        else {
            OpenSSLErrors.clear()
            throw .unusableFile(
                path: identity.privateKey.name,
                reason: "the key does not belong to the certificate in \(identity.certificateChain.name)")
        }
        return CertificateSummary(chain[0])
    }
}

extension TLSConfiguration.Version {
    fileprivate var number: Int32 {
        switch self {
        case .tls12: TLS1_2_VERSION
        case .tls13: TLS1_3_VERSION
        }
    }
}

/// What a log says of a certificate.
package struct CertificateSummary: Hashable, Sendable {
    /// Such as `CN=gateway.example`.
    package let subject: String
    /// The end of its validity, such as `Feb  1 00:00:00 2020 GMT`.
    package let validUntil: String

    init(_ certificate: Certificate) {
        // Safe: the certificate is alive during the call, and both texts are copies.
        self.subject = unsafe CertificateVerifier.text(ofName: X509_get_subject_name(certificate.pointer))
        self.validUntil = unsafe CertificateVerifier.text(ofTime: X509_get0_notAfter(certificate.pointer))
    }
}
