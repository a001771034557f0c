import COpenSSL

/// SHA-1 (FIPS 180-4), for the WebSocket handshake of RFC 6455; it protects nothing by itself any more.
package enum SHA1 {
    package static let lengthInBytes = Int(SHA_DIGEST_LENGTH)

    /// The 20 octets of the digest of a whole message.
    package static func hash(_ message: [UInt8]) -> [UInt8] {
        // Safe: `digest` passes an output of this length and the octets that it counts.
        unsafe digest(of: message, lengthInBytes: self.lengthInBytes) { unsafe COpenSSL.SHA1($0, $1, $2) != nil }
    }
}

/// SHA-256 (FIPS 180-4).
package enum SHA256 {
    package static let lengthInBytes = Int(SHA256_DIGEST_LENGTH)

    /// The 32 octets of the digest of a whole message.
    package static func hash(_ message: [UInt8]) -> [UInt8] {
        // Safe: `digest` passes an output of this length and the octets that it counts.
        unsafe digest(of: message, lengthInBytes: self.lengthInBytes) { unsafe COpenSSL.SHA256($0, $1, $2) != nil }
    }
}

/// MD5 (RFC 1321), which digest authentication (RFC 7616) still asks for; broken against collisions.
package enum MD5 {
    package static let lengthInBytes = Int(MD5_DIGEST_LENGTH)

    /// The 16 octets of the digest of a whole message.
    package static func hash(_ message: [UInt8]) -> [UInt8] {
        // Safe: `digest` passes an output of this length and the octets that it counts.
        unsafe digest(of: message, lengthInBytes: self.lengthInBytes) { unsafe COpenSSL.MD5($0, $1, $2) != nil }
    }
}

/// Runs a one-shot digest of libcrypto over a message.
///
/// libcrypto fails here only when its default provider is missing, which is a broken installation and not a message.
private func digest(
    of message: [UInt8], lengthInBytes: Int,
    by function: (UnsafePointer<UInt8>?, Int, UnsafeMutablePointer<UInt8>?) -> Bool
) -> [UInt8] {
    unsafe [UInt8](unsafeUninitializedCapacity: lengthInBytes) { output, written in
        // Safe: the output holds the whole digest, and libcrypto reads exactly `count` octets (none through a nil base).
        let isDone = unsafe message.withUnsafeBufferPointer {
            unsafe function($0.baseAddress, $0.count, output.baseAddress)
        }
        precondition(isDone, "libcrypto has no such digest")
        written = lengthInBytes
    }
}
