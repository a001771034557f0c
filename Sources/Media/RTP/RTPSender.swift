/// Numbers the packets of the stream that we send (RFC 3550 section 5.1, RFC 3551 section 4.1).
///
/// The caller asks for a header each time it sends and tells when it sends nothing; the timestamp runs with the media
/// clock either way, and the first packet after a pause carries the marker bit.
package struct RTPSender: Sendable {
    package let ssrc: SSRC
    /// The sequence number that the next packet will carry.
    package private(set) var nextSequenceNumber: SequenceNumber
    /// The media clock: the timestamp of the next audio packet.
    package private(set) var timestamp: RTPTimestamp
    /// Packets sent since the start, modulo 2^32, as the sender report wants it.
    package private(set) var packetCount: UInt32 = 0
    /// Payload octets sent since the start, modulo 2^32, as the sender report wants it.
    package private(set) var octetCount: UInt32 = 0
    private var startsTalkSpurt = true

    /// SSRC, sequence number and timestamp begin at random (RFC 3550 section 5.1).
    ///
    /// The sequence number begins in the lower half, so that an SRTP receiver that misses the first packets of a call
    /// cannot mistake the roll-over count (RFC 3711 section 3.3.1).
    package init(using random: inout some RandomNumberGenerator) {
        self.init(
            ssrc: SSRC(UInt32.random(in: 1...UInt32.max, using: &random)),
            firstSequenceNumber: SequenceNumber(UInt16.random(in: 0..<0x8000, using: &random)),
            firstTimestamp: RTPTimestamp(UInt32.random(in: UInt32.min...UInt32.max, using: &random)))
    }

    package init(ssrc: SSRC, firstSequenceNumber: SequenceNumber, firstTimestamp: RTPTimestamp) {
        self.ssrc = ssrc
        self.nextSequenceNumber = firstSequenceNumber
        self.timestamp = firstTimestamp
    }

    /// The header of an audio packet that plays for `samples` clock units; the clock then stands behind it.
    package mutating func nextAudio(payloadType: PayloadType, samples: UInt32, payloadLengthInBytes: Int) -> RTPHeader {
        let header = self.header(
            marker: self.startsTalkSpurt, payloadType: payloadType, timestamp: self.timestamp,
            payloadLengthInBytes: payloadLengthInBytes)
        self.startsTalkSpurt = false
        self.timestamp = self.timestamp.advanced(by: samples)
        return header
    }

    /// The header of a telephone-event packet, whose timestamp is that of its event's beginning; the clock stands still.
    ///
    /// Call `pass(samples:)` as well: while events are sent in place of audio the media clock runs on.
    package mutating func nextEvent(_ packet: TelephoneEventPacket, payloadType: PayloadType) -> RTPHeader {
        self.header(
            marker: packet.marker, payloadType: payloadType, timestamp: packet.timestamp,
            payloadLengthInBytes: TelephoneEventPayload.lengthInBytes)
    }

    /// Lets `samples` clock units pass without audio: silence, a hold, or events in place of audio.
    package mutating func pass(samples: UInt32) {
        self.timestamp = self.timestamp.advanced(by: samples)
        self.startsTalkSpurt = true
    }

    private mutating func header(
        marker: Bool, payloadType: PayloadType, timestamp: RTPTimestamp, payloadLengthInBytes: Int
    ) -> RTPHeader {
        let header = RTPHeader(
            marker: marker, payloadType: payloadType, sequenceNumber: self.nextSequenceNumber, timestamp: timestamp,
            ssrc: self.ssrc)
        self.nextSequenceNumber = self.nextSequenceNumber.next
        self.packetCount &+= 1
        self.octetCount &+= UInt32(payloadLengthInBytes)
        return header
    }
}
