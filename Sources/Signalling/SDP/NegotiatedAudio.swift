package import Addressing

/// The keys of an SRTP call, one for each way.
package struct SDESKeys: Hashable, Sendable {
    package let suite: CryptoSuite
    /// Master key and salt of what this side sends, of the suite's length.
    package let sendKey: [UInt8]
    /// Master key and salt of what this side receives, of the suite's length.
    package let receiveKey: [UInt8]
}

/// What offer and answer agreed on.
package struct NegotiatedAudio: Hashable, Sendable {
    package let codec: AudioCodecName
    /// The peer's number for the codec, which this side writes.
    package let sendPayloadType: UInt8
    /// This side's number for the codec, which the peer writes.
    package let receivePayloadType: UInt8
    /// Nil when the peer takes no telephone events.
    package let telephoneEventSend: UInt8?
    /// Nil when this side did not tell the peer to send any.
    package let telephoneEventReceive: UInt8?
    /// The length of the packets that the peer wants, 10 to 60 ms in steps of 10.
    package let ptime: Duration
    /// This side's. It never sends when the peer is on hold, also by RFC 2543's 0.0.0.0.
    package let direction: MediaDirection
    /// What the peer said of itself: not receiving is its hold.
    package let remoteDirection: MediaDirection
    package let remoteRTP: TransportAddress
    package let remoteRTCP: TransportAddress
    /// RTCP shares the RTP port, both ways.
    package let rtcpMux: Bool
    /// Nil for RTP/AVP.
    package let security: SDESKeys?
}
