import COpenSSL

/// AES in counter mode with one key of 128, 192 or 256 bits: libcrypto's context, given a new counter for each packet.
///
/// Setting only the counter keeps the key schedule, which is what makes this cheap.
@safe package struct CounterModeCipher: ~Copyable {
    private let context: OpaquePointer

    package init(key: [UInt8]) throws(SRTPError) {
        let cipher =
            unsafe key.count == 16 ? EVP_aes_128_ctr() : key.count == 24 ? EVP_aes_192_ctr() : EVP_aes_256_ctr()
        guard [16, 24, 32].contains(key.count) else { throw .badKeyLength }
        guard let context = unsafe EVP_CIPHER_CTX_new() else { throw .libcryptoFailed }
        // Safe: the key has the cipher's length, and libcrypto copies it.
        guard unsafe EVP_EncryptInit_ex(context, cipher, nil, key, nil) == 1 else {
            unsafe EVP_CIPHER_CTX_free(context)
            throw .libcryptoFailed
        }
        unsafe self.context = context
    }

    deinit {
        unsafe EVP_CIPHER_CTX_free(self.context)
    }

    /// Exclusive-ors `range` of `octets` with the key stream that begins at `counter`.
    package func apply(
        counter: CounterBlock, to octets: inout MutableSpan<UInt8>, in range: Range<Int>
    ) throws(SRTPError) {
        precondition(range.lowerBound >= 0 && range.upperBound <= octets.count, "the range lies in the packet")
        guard !range.isEmpty else { return }
        // Safe: the counter block is 16 octets, and the output of counter mode is as long as its input and replaces it.
        let done = unsafe withUnsafeBytes(of: counter.octets) { counterBytes in
            unsafe octets.withUnsafeMutableBufferPointer { buffer in
                let start = unsafe buffer.baseAddress?.advanced(by: range.lowerBound)
                let iv = unsafe counterBytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
                var written: Int32 = 0
                return unsafe EVP_EncryptInit_ex(self.context, nil, nil, nil, iv) == 1
                    && EVP_EncryptUpdate(self.context, start, &written, start, Int32(range.count)) == 1
            }
        }
        guard done else { throw .libcryptoFailed }
    }
}

/// The first counter of a packet: salt, SSRC and index by exclusive or, with 16 zero bits that count blocks
/// (RFC 3711 section 4.1.1).
package struct CounterBlock: Hashable {
    /// In network order.
    var octets: (high: UInt64, low: UInt64)

    /// - Parameters:
    ///   - salt: 14 octets.
    ///   - index: 48 bits for RTP, 31 for RTCP.
    package init(salt: SessionSalt, ssrc: UInt32, index: UInt64) {
        let high = salt.high ^ UInt64(ssrc)
        let low = salt.low ^ index << 16
        self.octets = (high.bigEndian, low.bigEndian)
    }

    package static func == (left: CounterBlock, right: CounterBlock) -> Bool {
        left.octets == right.octets
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(self.octets.high)
        hasher.combine(self.octets.low)
    }
}
