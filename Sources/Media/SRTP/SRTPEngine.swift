/// Whose code protects packets. Where both speak a profile they agree octet for octet.
package enum SRTPEngine: String, Hashable, Sendable, CaseIterable {
    /// Our own, on libcrypto: about eight times as fast as Debian's libsrtp2.
    case libcrypto
    /// The reference implementation, for those who have to use it.
    case libsrtp2

    /// Whether the engine speaks the profile as its RFC has it. libsrtp2 (2.5.0) derives the session keys of 192-bit
    /// master keys with AES-256, whose key takes in a part of the salt, and not by RFC 6188 section 3: nobody else could
    /// open its packets.
    package func speaks(_ profile: ProtectionProfile) -> Bool {
        switch (self, profile) {
        case (.libcrypto, _): true
        case (.libsrtp2, .aes192CMHMACSHA1_80), (.libsrtp2, .aes192CMHMACSHA1_32): false
        case (.libsrtp2, .aesCM128HMACSHA1_80), (.libsrtp2, .aesCM128HMACSHA1_32), (.libsrtp2, .aes256CMHMACSHA1_80),
            (.libsrtp2, .aes256CMHMACSHA1_32), (.libsrtp2, .aeadAES128GCM), (.libsrtp2, .aeadAES256GCM):
            true
        }
    }
}
