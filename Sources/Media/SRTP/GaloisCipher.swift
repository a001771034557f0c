import COpenSSL

/// AES in Galois/counter mode with one key, in one direction (RFC 7714): libcrypto's context, given a new nonce for each
/// packet.
@safe struct GaloisCipher: ~Copyable {
    private let context: OpaquePointer

    enum Direction: Int32 {
        case opening = 0
        case sealing = 1
    }

    init(key: [UInt8], _ direction: Direction) throws(SRTPError) {
        guard key.count == 16 || key.count == 32 else { throw .badKeyLength }
        guard let context = unsafe EVP_CIPHER_CTX_new() else { throw .libcryptoFailed }
        let cipher = unsafe key.count == 16 ? EVP_aes_128_gcm() : EVP_aes_256_gcm()
        // Safe: the key has the cipher's length, and libcrypto copies it. Nonces of 12 octets are its default.
        guard unsafe EVP_CipherInit_ex(context, cipher, nil, key, nil, direction.rawValue) == 1 else {
            unsafe EVP_CIPHER_CTX_free(context)
            throw .libcryptoFailed
        }
        unsafe self.context = context
    }

    deinit {
        unsafe EVP_CIPHER_CTX_free(self.context)
    }

    /// Encrypts `text` of `octets` in place and writes the tag behind it. What stands before `text`, and `trailer`, are
    /// authenticated too.
    func seal(
        _ octets: inout MutableSpan<UInt8>, text: Range<Int>, trailer: UInt32?, nonce: GaloisNonce
    ) throws(SRTPError) {
        precondition(text.upperBound + Self.tagLength <= octets.count, "the buffer has room for the tag")
        // Safe: text and tag lie in the buffer, which the precondition has checked.
        let isDone = unsafe octets.withUnsafeMutableBufferPointer { buffer in
            guard let start = buffer.baseAddress else { return false }
            guard unsafe self.begin(start, header: text.lowerBound, trailer: trailer, nonce: nonce) else {
                return false
            }
            return unsafe self.run(start + text.lowerBound, count: text.count)
                && self.finish() == 1
                && EVP_CIPHER_CTX_ctrl(
                    self.context, EVP_CTRL_AEAD_GET_TAG, Int32(Self.tagLength), start + text.upperBound) == 1
        }
        guard isDone else { throw .libcryptoFailed }
    }

    /// Decrypts `text` of `octets` in place if the tag behind it fits; else leaves everything as it was.
    func open(
        _ octets: inout MutableSpan<UInt8>, text: Range<Int>, trailer: UInt32?, nonce: GaloisNonce
    ) throws(SRTPError) {
        precondition(text.upperBound + Self.tagLength <= octets.count, "the tag lies in the buffer")
        // Safe: text and tag lie in the buffer, which the precondition has checked; the tag is only read.
        let outcome: SRTPError? = unsafe octets.withUnsafeMutableBufferPointer { buffer in
            guard let start = buffer.baseAddress,
                unsafe self.begin(start, header: text.lowerBound, trailer: trailer, nonce: nonce),
                unsafe self.run(start + text.lowerBound, count: text.count),
                unsafe EVP_CIPHER_CTX_ctrl(
                    self.context, EVP_CTRL_AEAD_SET_TAG, Int32(Self.tagLength), start + text.upperBound) == 1
            else { return .libcryptoFailed }
            guard self.finish() != 1 else { return nil }
            // The same key stream once more turns the text back into what came.
            guard unsafe self.begin(start, header: 0, trailer: nil, nonce: nonce),
                unsafe self.run(start + text.lowerBound, count: text.count)
            else { return .libcryptoFailed }
            return .authenticationFailed
        }
        if let outcome { throw outcome }
    }

    /// Sets the nonce and takes in what is authenticated but not encrypted.
    @unsafe private func begin(
        _ start: UnsafeMutablePointer<UInt8>, header: Int, trailer: UInt32?, nonce: GaloisNonce
    ) -> Bool {
        var written: Int32 = 0
        let isSet = unsafe withUnsafeBytes(of: nonce.octets) { bytes in
            let iv = unsafe bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
            return unsafe EVP_CipherInit_ex(self.context, nil, nil, nil, iv, -1) == 1
        }
        guard isSet, unsafe header == 0 || EVP_CipherUpdate(self.context, nil, &written, start, Int32(header)) == 1
        else { return false }
        guard let trailer else { return true }
        return unsafe withUnsafeBytes(of: trailer.bigEndian) { bytes in
            let word = unsafe bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
            return unsafe EVP_CipherUpdate(self.context, nil, &written, word, 4) == 1
        }
    }

    @unsafe private func run(_ text: UnsafeMutablePointer<UInt8>, count: Int) -> Bool {
        guard count > 0 else { return true }
        var written: Int32 = 0
        return unsafe EVP_CipherUpdate(self.context, text, &written, text, Int32(count)) == 1
    }

    private func finish() -> Int32 {
        var written: Int32 = 0
        // Safe: Galois/counter mode writes nothing at its end, and the block would have room for what other modes write.
        var block: (UInt64, UInt64) = (0, 0)
        return unsafe withUnsafeMutableBytes(of: &block) { bytes in
            unsafe EVP_CipherFinal_ex(
                self.context, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), &written)
        }
    }

    static let tagLength = 16
}

/// What makes a packet's key stream its own: salt, SSRC and index by exclusive or, 96 bits (RFC 7714 sections 8.1, 9.1).
struct GaloisNonce: Hashable {
    /// In network order; the last four octets are unused.
    let octets: Block

    struct Block: Hashable {
        let first: UInt64
        let last: UInt32
    }

    /// - Parameter index: 48 bits for RTP, which are roll-over counter and sequence number; 31 for RTCP.
    init(salt: SessionSalt, ssrc: UInt32, index: UInt64) {
        let first = salt.high ^ (UInt64(ssrc) << 16 | index >> 32)
        let last = UInt32(truncatingIfNeeded: salt.low >> 32) ^ UInt32(truncatingIfNeeded: index)
        self.octets = Block(first: first.bigEndian, last: last.bigEndian)
    }
}
