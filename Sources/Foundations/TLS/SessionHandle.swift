import COpenSSL

/// The one owner of an `SSL` and of the two memory BIOs that stand for its wire.
@safe struct SessionHandle: ~Copyable {
    let pointer: OpaquePointer
    /// What the peer sent.
    let incoming: OpaquePointer
    /// What must go to the peer.
    let outgoing: OpaquePointer

    init(_ context: borrowing ContextHandle) throws(TLSError) {
        // Safe: SSL_new takes its own reference to the context; SSL_set_bio hands both BIOs to the session.
        guard let pointer = unsafe SSL_new(context.pointer) else { throw OpenSSLErrors.protocolFailure() }
        guard let incoming = unsafe BIO_new(BIO_s_mem()) else {
            unsafe SSL_free(pointer)
            throw OpenSSLErrors.protocolFailure()
        }
        guard let outgoing = unsafe BIO_new(BIO_s_mem()) else {
            unsafe _ = BIO_free(incoming)
            unsafe SSL_free(pointer)
            throw OpenSSLErrors.protocolFailure()
        }
        unsafe SSL_set_bio(pointer, incoming, outgoing)
        unsafe self.pointer = pointer
        unsafe self.incoming = incoming
        unsafe self.outgoing = outgoing
    }

    deinit {
        // Safe: the only owner; the session frees both BIOs and its reference to the context.
        unsafe SSL_free(self.pointer)
    }

    enum HandshakeStep: Hashable {
        case isDone
        case wantsInput
        /// The cause is in OpenSSL's error queue.
        case failed
    }

    /// Takes the handshake as far as the received bytes allow.
    borrowing func shakeHands() -> HandshakeStep {
        OpenSSLErrors.clear()
        // Safe: the session and its BIOs are alive as long as this value.
        let result = unsafe SSL_do_handshake(self.pointer)
        if result == 1 { return .isDone }
        return unsafe SSL_get_error(self.pointer, result) == SSL_ERROR_WANT_READ ? .wantsInput : .failed
    }
}
