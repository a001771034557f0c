/// What is wrong with a datagram that claims to be RTP or RTCP.
package enum RTPError: Error, Hashable, Sendable {
    /// Shorter than the fixed header, or than a length that it states itself.
    case tooShort
    /// The version is not 2.
    case wrongVersion
    /// The header extension reaches beyond the datagram.
    case extensionBeyondEnd
    /// The padding count is 0, or more than the payload holds.
    case badPadding
    /// The payload type lies in 64...95, where RTP and RTCP cannot be told apart (RFC 5761 section 4).
    case rtcpPayloadType
    /// The first packet of an RTCP compound is neither SR nor RR, or is padded (RFC 3550 appendix A.2).
    case notACompound
    /// A length or count inside an RTCP packet does not fit the packet.
    case badRTCPLength
    /// More packets in one compound than `RTCPCompound.packetsMax`.
    case tooManyPackets
    /// A telephone-event payload that is not exactly one event of four octets (RFC 4733 section 2.3).
    case badTelephoneEvent
}
