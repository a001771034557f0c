import COpenSSL

/// One TLS session as bytes in, bytes out, over two memory BIOs.
///
/// It does no I/O: `receive` takes what the peer sent and returns what it meant, `send` takes what to say, and
/// `takeOutgoing` returns what must go to the wire, after every call, also after one that threw (an alert may wait there).
/// Not thread-safe; one owner. After an error every further call throws.
package struct TLSEngine: ~Copyable {
    package enum State: Hashable, Sendable {
        case handshaking
        case established
        /// The peer said that it will send no more (`close_notify`).
        case closedByPeer
        case failed(TLSError)
    }

    package private(set) var state = State.handshaking
    /// The name that the peer's certificate proved; nil before that, without verification, and for a server that wants no
    /// certain name.
    package private(set) var verifiedName: ServerName?

    private let session: SessionHandle
    private let verifier: CertificateVerifier?

    /// Begins a session as client; the first flight waits in `takeOutgoing`.
    package init(client context: TLSContext, connectingTo name: ServerName) throws(TLSError) {
        precondition(context.role == .client, "a client session needs a client's context")
        let verifier = context.verification == .full ? CertificateVerifier(wanted: .server(name)) : nil
        let session = try SessionHandle(context.handle)
        // Safe: the session was just made; OpenSSL copies the name. `verifier` is kept as long as the session.
        unsafe SSL_set_connect_state(session.pointer)
        if case .dns(let host) = name { unsafe _ = copenssl_SSL_set_tlsext_host_name(session.pointer, host) }
        if let verifier { unsafe verifier.attach(to: session.pointer) }
        guard session.shakeHands() == .wantsInput else { throw OpenSSLErrors.protocolFailure() }
        self.session = session
        self.verifier = verifier
    }

    /// Begins a session as server.
    package init(server context: TLSContext) throws(TLSError) {
        precondition(context.role == .server, "a server session needs a server's context")
        let session = try SessionHandle(context.handle)
        let verifier: CertificateVerifier? =
            switch context.clientCertificates {
            case .notAsked: nil
            case .required(_, let names): CertificateVerifier(wanted: .client(names))
            }
        // Safe: the session was just made; `verifier` is kept as long as the session.
        unsafe SSL_set_accept_state(session.pointer)
        if let verifier { unsafe verifier.attach(to: session.pointer) }
        self.session = session
        self.verifier = verifier
    }

    /// Takes bytes from the wire and appends what they decrypt to.
    package mutating func receive(_ bytes: Span<UInt8>, into plaintext: inout [UInt8]) throws(TLSError) {
        if case .failed(let error) = self.state { throw error }
        // Safe: BIO_write copies exactly the counted bytes.
        unsafe bytes.withUnsafeBufferPointer { bytes in
            unsafe _ = BIO_write(self.session.incoming, bytes.baseAddress, Int32(clamping: bytes.count))
        }
        if self.state == .handshaking { try self.shakeHands() }
        if self.state == .established { try self.decrypt(into: &plaintext) }
    }

    /// Encrypts a whole message; an empty one sends nothing.
    package mutating func send(_ plaintext: Span<UInt8>) throws(TLSError) {
        guard self.state == .established else { throw .notEstablished }
        guard !plaintext.isEmpty else { return }
        OpenSSLErrors.clear()
        // Safe: OpenSSL reads exactly the counted bytes; a memory BIO takes all of them.
        let written = unsafe plaintext.withUnsafeBufferPointer { bytes in
            unsafe SSL_write(self.session.pointer, bytes.baseAddress, Int32(clamping: bytes.count))
        }
        guard written == plaintext.count else { throw self.fail(OpenSSLErrors.protocolFailure()) }
    }

    /// The bytes that wait for the wire; empty when there are none.
    package mutating func takeOutgoing() -> [UInt8] {
        let count = unsafe Int(copenssl_BIO_pending(self.session.outgoing))
        guard count > 0 else { return [] }
        // Safe: BIO_read writes at most the buffer's count and returns how much it wrote.
        return unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, written in
            unsafe written = max(
                0, Int(BIO_read(self.session.outgoing, buffer.baseAddress, Int32(clamping: buffer.count))))
        }
    }

    /// Says that nothing more will be sent (`close_notify`); the alert waits in `takeOutgoing`.
    package mutating func close() {
        switch self.state {
        case .established, .closedByPeer:
            // Safe: the session is alive as long as this value.
            unsafe _ = SSL_shutdown(self.session.pointer)
            OpenSSLErrors.clear()
        case .handshaking, .failed:
            break
        }
        self.state = .failed(.notEstablished)
    }

    /// The transport ended: an error when the handshake had not.
    package mutating func endOfInput() throws(TLSError) {
        switch self.state {
        case .handshaking: throw self.fail(.closedDuringHandshake)
        case .established: self.state = .closedByPeer
        case .closedByPeer: break
        case .failed(let error): throw error
        }
    }

    /// Such as `TLSv1.3 TLS_AES_256_GCM_SHA384`; nil during the handshake.
    package var negotiated: String? {
        guard self.state == .established else { return nil }
        // Safe: both return constant strings for a session whose handshake is over.
        guard let version = unsafe SSL_get_version(self.session.pointer),
            let cipher = unsafe SSL_CIPHER_get_name(SSL_get_current_cipher(self.session.pointer))
        else { return nil }
        return unsafe "\(String(cString: version)) \(String(cString: cipher))"
    }
}

extension TLSEngine {
    private mutating func shakeHands() throws(TLSError) {
        switch self.session.shakeHands() {
        case .isDone:
            self.state = .established
            self.verifiedName = self.verifier?.provedName
        case .wantsInput:
            break
        case .failed:
            let failure = OpenSSLErrors.protocolFailure()
            throw self.fail(self.verifier?.fault.map { .certificateRefused($0) } ?? failure)
        }
    }

    private mutating func decrypt(into plaintext: inout [UInt8]) throws(TLSError) {
        while true {
            OpenSSLErrors.clear()
            var result: Int32 = 0
            let chunk = unsafe [UInt8](unsafeUninitializedCapacity: Self.recordLengthMax) { buffer, written in
                // Safe: SSL_read writes at most the buffer's count and returns how much it wrote.
                unsafe result = SSL_read(self.session.pointer, buffer.baseAddress, Int32(buffer.count))
                written = max(0, Int(result))
            }
            if result > 0 {
                plaintext += chunk
                continue
            }
            switch unsafe SSL_get_error(self.session.pointer, result) {
            case SSL_ERROR_WANT_READ:
                return
            case SSL_ERROR_ZERO_RETURN:
                self.state = .closedByPeer
                return
            default:
                throw self.fail(OpenSSLErrors.protocolFailure())
            }
        }
    }

    private mutating func fail(_ error: TLSError) -> TLSError {
        self.state = .failed(error)
        return error
    }

    /// RFC 8446 section 5.1: a record holds at most 2^14 octets.
    private static let recordLengthMax = 16_384
}
