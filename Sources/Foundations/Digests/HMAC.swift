import COpenSSL

/// Keyed hashing for message authentication (RFC 2104).
package enum HMAC {
    /// HMAC-SHA-1: 20 octets. A key of any length, the empty one included.
    package static func sha1(key: [UInt8], message: [UInt8]) -> [UInt8] {
        // Safe: the algorithm is a constant that lives as long as libcrypto.
        unsafe self.code(unsafe EVP_sha1(), lengthInBytes: SHA1.lengthInBytes, key: key, message: message)
    }

    /// HMAC-SHA-256: 32 octets. A key of any length, the empty one included.
    package static func sha256(key: [UInt8], message: [UInt8]) -> [UInt8] {
        // Safe: the algorithm is a constant that lives as long as libcrypto.
        unsafe self.code(unsafe EVP_sha256(), lengthInBytes: SHA256.lengthInBytes, key: key, message: message)
    }

    private static func code(
        _ algorithm: OpaquePointer?, lengthInBytes: Int, key: [UInt8], message: [UInt8]
    ) -> [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: lengthInBytes) { output, written in
            var count: UInt32 = 0
            // Safe: the output holds the whole code; libcrypto reads exactly the counted octets of key and message.
            let result = unsafe key.withUnsafeBytes { key in
                unsafe message.withUnsafeBufferPointer { message in
                    unsafe COpenSSL.HMAC(
                        algorithm, key.baseAddress, Int32(key.count), message.baseAddress, message.count,
                        output.baseAddress, &count)
                }
            }
            precondition(unsafe result != nil && count == lengthInBytes, "libcrypto has no such HMAC")
            written = lengthInBytes
        }
    }
}
