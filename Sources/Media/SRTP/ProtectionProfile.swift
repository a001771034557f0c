/// A suite of ciphers and tag lengths (RFC 4568 section 6.2, RFC 5764 section 4.1.2).
package enum ProtectionProfile: Hashable, Sendable, CaseIterable {
    // The underscore is the standard's.
    // swift-format-ignore: AlwaysUseLowerCamelCase
    /// AES-128 in counter mode, HMAC-SHA1 with 80-bit tags.
    case aesCM128HMACSHA1_80
    // The underscore is the standard's.
    // swift-format-ignore: AlwaysUseLowerCamelCase
    /// The same with 32-bit tags on RTP; RTCP keeps 80.
    case aesCM128HMACSHA1_32

    /// Octets that protection adds to an RTP packet.
    package var rtpTagLength: Int {
        switch self {
        case .aesCM128HMACSHA1_80: 10
        case .aesCM128HMACSHA1_32: 4
        }
    }

    /// Octets of tag on an RTCP packet, besides the four of the index (RFC 4568 section 6.2.2).
    package var rtcpTagLength: Int { 10 }

    /// Octets that protection adds to an RTCP packet.
    package var rtcpOverhead: Int { 4 + self.rtcpTagLength }
}
