/// Protects what we send under one master key (RFC 3711): RTP and RTCP, in place.
///
/// Belongs to one thread; a packet costs no allocation. Use one master key in one direction only: two streams under the
/// same key and SSRC would show the exclusive or of their contents.
package struct SRTPSender: ~Copyable {
    private struct Source: Hashable {
        var ssrc: UInt32
        /// Of the packet sent last.
        var index: UInt64
    }

    package let profile: ProtectionProfile
    private var rtp: SessionKeys
    private var rtcp: SessionKeys
    private var sources: [Source] = []
    private var rtcpIndex: UInt64 = 0

    /// Sources that one key may protect.
    package static let sourcesMax = 4
    /// Octets that a buffer must have beyond a packet.
    package static let overheadMax = 14

    package init(_ profile: ProtectionProfile, _ key: MasterKey) throws(SRTPError) {
        let rtp = try SessionKeys(key, for: .rtp)
        let rtcp = try SessionKeys(key, for: .rtcp)
        self.profile = profile
        self.rtp = rtp
        self.rtcp = rtcp
        self.sources.reserveCapacity(Self.sourcesMax)
    }

    /// Protects the RTP packet in the first `count` octets and returns its new length.
    package mutating func protectRTP(_ packet: inout MutableSpan<UInt8>, count: Int) throws(SRTPError) -> Int {
        precondition(count <= packet.count, "the packet lies in its buffer")
        let tagLength = self.profile.rtpTagLength
        let headerLength = try PacketLayout.rtpHeaderLength(packet, end: count)
        guard count + tagLength <= packet.count else { throw .noRoom }
        let ssrc = PacketLayout.word(packet, at: PacketLayout.rtpSSRCOffset)
        let index = try self.advance(ssrc: ssrc, sequenceNumber: PacketLayout.sequenceNumber(packet))
        try self.rtp.cipher.apply(
            counter: CounterBlock(salt: self.rtp.salt, ssrc: ssrc, index: index.rawValue), to: &packet,
            in: headerLength..<count)
        let tag = self.rtp.authenticator.tag(packet, count: count, suffix: index.rollOverCounter)
        tag.write(tagLength, to: &packet, at: count)
        return count + tagLength
    }

    /// Protects the RTCP compound in the first `count` octets and returns its new length.
    package mutating func protectRTCP(_ packet: inout MutableSpan<UInt8>, count: Int) throws(SRTPError) -> Int {
        precondition(count <= packet.count, "the packet lies in its buffer")
        guard count >= PacketLayout.rtcpHeaderLength, packet[0] >> 6 == 2 else { throw .malformed }
        guard count + self.profile.rtcpOverhead <= packet.count else { throw .noRoom }
        guard self.rtcpIndex < Self.rtcpIndexMax else { throw .keyExhausted }
        self.rtcpIndex += 1
        let ssrc = PacketLayout.word(packet, at: PacketLayout.rtcpSSRCOffset)
        try self.rtcp.cipher.apply(
            counter: CounterBlock(salt: self.rtcp.salt, ssrc: ssrc, index: self.rtcpIndex), to: &packet,
            in: PacketLayout.rtcpHeaderLength..<count)
        PacketLayout.write(Self.encryptedFlag | UInt32(self.rtcpIndex), to: &packet, at: count)
        let tag = self.rtcp.authenticator.tag(packet, count: count + 4, suffix: nil)
        tag.write(self.profile.rtcpTagLength, to: &packet, at: count + 4)
        return count + self.profile.rtcpOverhead
    }

    /// Protects the RTP packet in the first `count` octets and returns its new length.
    package mutating func protectRTP(_ packet: inout [UInt8], count: Int) throws(SRTPError) -> Int {
        var span = packet.mutableSpan
        return try self.protectRTP(&span, count: count)
    }

    /// Protects the RTCP compound in the first `count` octets and returns its new length.
    package mutating func protectRTCP(_ packet: inout [UInt8], count: Int) throws(SRTPError) -> Int {
        var span = packet.mutableSpan
        return try self.protectRTCP(&span, count: count)
    }

    /// The index of the next packet of a source. Its roll-over counter begins at 0 and follows the sequence number.
    private mutating func advance(ssrc: UInt32, sequenceNumber: UInt16) throws(SRTPError) -> PacketIndex {
        guard let place = self.sources.firstIndex(where: { $0.ssrc == ssrc }) else {
            guard self.sources.count < Self.sourcesMax else { throw .tooManySources }
            let index = PacketIndex(rollOverCounter: 0, sequenceNumber: sequenceNumber)
            self.sources.append(Source(ssrc: ssrc, index: index.rawValue))
            return index
        }
        let index = PacketIndex(nearest: self.sources[place].index, sequenceNumber: sequenceNumber)
        // The same index twice would repeat the key stream, and one that goes back may.
        guard index.rawValue > self.sources[place].index else { throw .replayed }
        guard index.rawValue < Self.rtpIndexMax else { throw .keyExhausted }
        self.sources[place].index = index.rawValue
        return index
    }

    private static let encryptedFlag: UInt32 = 0x8000_0000
    private static let rtpIndexMax: UInt64 = 1 << 48
    private static let rtcpIndexMax: UInt64 = 1 << 31 - 1
}
