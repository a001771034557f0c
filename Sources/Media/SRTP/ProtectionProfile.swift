/// A suite of ciphers and tag lengths (RFC 4568 section 6.2, RFC 6188 section 3, RFC 7714 section 12).
package enum ProtectionProfile: Hashable, Sendable, CaseIterable {
    // The underscores are the standards'.
    // swift-format-ignore: AlwaysUseLowerCamelCase
    /// AES-128 in counter mode, HMAC-SHA1 with 80-bit tags.
    case aesCM128HMACSHA1_80
    // swift-format-ignore: AlwaysUseLowerCamelCase
    /// The same with 32-bit tags on RTP; RTCP keeps 80.
    case aesCM128HMACSHA1_32
    // swift-format-ignore: AlwaysUseLowerCamelCase
    case aes192CMHMACSHA1_80
    // swift-format-ignore: AlwaysUseLowerCamelCase
    case aes192CMHMACSHA1_32
    // swift-format-ignore: AlwaysUseLowerCamelCase
    case aes256CMHMACSHA1_80
    // swift-format-ignore: AlwaysUseLowerCamelCase
    case aes256CMHMACSHA1_32
    /// AES-128 in Galois/counter mode, with 128-bit tags on RTP and RTCP.
    case aeadAES128GCM
    case aeadAES256GCM

    /// How a packet is encrypted and authenticated.
    enum Transform: Hashable {
        /// Counter mode, then HMAC-SHA1 over all of it.
        case counterModeWithHMAC
        /// Both at once (RFC 5116).
        case galoisCounterMode
    }

    var transform: Transform {
        switch self {
        case .aesCM128HMACSHA1_80, .aesCM128HMACSHA1_32, .aes192CMHMACSHA1_80, .aes192CMHMACSHA1_32,
            .aes256CMHMACSHA1_80, .aes256CMHMACSHA1_32:
            .counterModeWithHMAC
        case .aeadAES128GCM, .aeadAES256GCM: .galoisCounterMode
        }
    }

    /// Octets of the master key, and of the session key that is made of it.
    package var keyLength: Int {
        switch self {
        case .aesCM128HMACSHA1_80, .aesCM128HMACSHA1_32, .aeadAES128GCM: 16
        case .aes192CMHMACSHA1_80, .aes192CMHMACSHA1_32: 24
        case .aes256CMHMACSHA1_80, .aes256CMHMACSHA1_32, .aeadAES256GCM: 32
        }
    }

    /// Octets of the master salt, and of the session salt.
    package var saltLength: Int {
        switch self.transform {
        case .counterModeWithHMAC: 14
        case .galoisCounterMode: 12
        }
    }

    /// Octets that protection adds to an RTP packet.
    package var rtpTagLength: Int {
        switch self {
        case .aesCM128HMACSHA1_80, .aes192CMHMACSHA1_80, .aes256CMHMACSHA1_80: 10
        case .aesCM128HMACSHA1_32, .aes192CMHMACSHA1_32, .aes256CMHMACSHA1_32: 4
        case .aeadAES128GCM, .aeadAES256GCM: 16
        }
    }

    /// Octets of tag on an RTCP packet, besides the four of the index (RFC 4568 section 6.2.2, RFC 6188 section 3).
    package var rtcpTagLength: Int {
        switch self.transform {
        case .counterModeWithHMAC: 10
        case .galoisCounterMode: 16
        }
    }

    /// Octets that protection adds to an RTCP packet.
    package var rtcpOverhead: Int { 4 + self.rtcpTagLength }
}
