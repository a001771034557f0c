import COpenSSL

/// SHA-512/256 (FIPS 180-4), which RFC 7616 names SHA-512-256.
package enum SHA512Truncated256 {
    package static let lengthInBytes = 32

    /// The 32 octets of the digest of a whole message.
    package static func hash(_ message: [UInt8]) -> [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: Self.lengthInBytes) { output, written in
            // Safe: the output holds the whole digest, and libcrypto reads exactly `count` octets.
            let isDone = unsafe message.withUnsafeBufferPointer {
                unsafe EVP_Digest($0.baseAddress, $0.count, output.baseAddress, nil, EVP_sha512_256(), nil)
            }
            precondition(isDone == 1, "libcrypto has no such digest")
            written = Self.lengthInBytes
        }
    }
}
