/// The SDES crypto suites that are spoken (RFC 4568 section 6.2); both take a 16-byte key and a 14-byte salt.
package enum CryptoSuite: String, Hashable, Sendable, CaseIterable {
    /// Ten bytes of authentication tag.
    // swift-format-ignore: AlwaysUseLowerCamelCase
    case aesCM128HMACSHA1_80 = "AES_CM_128_HMAC_SHA1_80"
    /// Four bytes of authentication tag for RTP, ten for RTCP.
    // swift-format-ignore: AlwaysUseLowerCamelCase
    case aesCM128HMACSHA1_32 = "AES_CM_128_HMAC_SHA1_32"

    /// Master key and master salt, in bytes.
    package static let keyLength = 30
}
