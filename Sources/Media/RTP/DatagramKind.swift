/// What a datagram on a media port claims to be, by its first octets (RFC 7983 section 7, RFC 5761 section 4).
package enum DatagramKind: Hashable, Sendable {
    case rtp
    case rtcp
    case stun
    case dtls
    case unknown

    @inlinable
    package init(_ datagram: Span<UInt8>) {
        guard datagram.count >= 2 else {
            self = .unknown
            return
        }
        switch datagram[0] {
        case 0...3: self = .stun
        case 20...63: self = .dtls
        case 128...191: self = (192...223).contains(datagram[1]) ? .rtcp : .rtp
        default: self = .unknown
        }
    }
}
