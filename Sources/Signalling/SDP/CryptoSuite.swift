/// The SDES crypto suites that are spoken (RFC 4568 section 6.2, RFC 6188 section 4, RFC 7714 section 14.1).
package enum CryptoSuite: String, Hashable, Sendable, CaseIterable {
    // The underscores are the standards'.
    // swift-format-ignore: AlwaysUseLowerCamelCase
    /// Ten bytes of authentication tag.
    case aesCM128HMACSHA1_80 = "AES_CM_128_HMAC_SHA1_80"
    // swift-format-ignore: AlwaysUseLowerCamelCase
    /// Four bytes of authentication tag for RTP, ten for RTCP.
    case aesCM128HMACSHA1_32 = "AES_CM_128_HMAC_SHA1_32"
    // swift-format-ignore: AlwaysUseLowerCamelCase
    case aes256CMHMACSHA1_80 = "AES_256_CM_HMAC_SHA1_80"
    // swift-format-ignore: AlwaysUseLowerCamelCase
    case aes256CMHMACSHA1_32 = "AES_256_CM_HMAC_SHA1_32"
    // swift-format-ignore: AlwaysUseLowerCamelCase
    case aes192CMHMACSHA1_80 = "AES_192_CM_HMAC_SHA1_80"
    // swift-format-ignore: AlwaysUseLowerCamelCase
    case aes192CMHMACSHA1_32 = "AES_192_CM_HMAC_SHA1_32"
    case aeadAES128GCM = "AEAD_AES_128_GCM"
    case aeadAES256GCM = "AEAD_AES_256_GCM"

    /// Master key and master salt, in bytes.
    package var keyLength: Int {
        switch self {
        case .aesCM128HMACSHA1_80, .aesCM128HMACSHA1_32: 16 + 14
        case .aes192CMHMACSHA1_80, .aes192CMHMACSHA1_32: 24 + 14
        case .aes256CMHMACSHA1_80, .aes256CMHMACSHA1_32: 32 + 14
        case .aeadAES128GCM: 16 + 12
        case .aeadAES256GCM: 32 + 12
        }
    }

    /// The two that everybody speaks (RFC 4568): what is offered where nothing else is asked for, as some far ends
    /// stumble over suites that they do not know.
    package static let common: [CryptoSuite] = [.aesCM128HMACSHA1_80, .aesCM128HMACSHA1_32]
}
