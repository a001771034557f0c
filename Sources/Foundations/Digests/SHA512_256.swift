import COpenSSL

/// SHA-512/256 (FIPS 180-4 section 6.7): SHA-512 from other initial values, cut to 256 bits.
package enum SHA512_256 {
    package static let lengthInBytes = 32

    /// The 32 octets of the digest of a whole message.
    package static func hash(_ message: [UInt8]) -> [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: self.lengthInBytes) { output, written in
            var count: UInt32 = 0
            // Safe: the output holds the whole digest; libcrypto reads exactly the counted octets, and the algorithm is a
            // constant that lives as long as libcrypto.
            let isDone = unsafe message.withUnsafeBytes {
                unsafe EVP_Digest($0.baseAddress, $0.count, output.baseAddress, &count, EVP_sha512_256(), nil)
            }
            precondition(isDone == 1 && count == self.lengthInBytes, "libcrypto has no such digest")
            written = self.lengthInBytes
        }
    }
}
