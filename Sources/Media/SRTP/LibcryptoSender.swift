/// The sending half of our own engine, on libcrypto; `SRTPSender` says what it does.
struct LibcryptoSender: ~Copyable {
    private struct Source: Hashable {
        var ssrc: UInt32
        /// Of the packet sent last.
        var index: UInt64
    }

    private let profile: ProtectionProfile
    private let rtp: SessionKeys
    private let rtcp: SessionKeys
    private var sources: [Source] = []
    private var rtcpIndex: UInt32 = 0

    init(_ profile: ProtectionProfile, _ key: MasterKey) throws(SRTPError) {
        let rtp = try SessionKeys(key, of: profile, for: .rtp, .sealing)
        let rtcp = try SessionKeys(key, of: profile, for: .rtcp, .sealing)
        self.profile = profile
        self.rtp = rtp
        self.rtcp = rtcp
        self.sources.reserveCapacity(SRTPSender.sourcesMax)
    }

    /// Protects the RTP packet in the first `count` octets and returns its new length.
    mutating func protectRTP(_ packet: inout MutableSpan<UInt8>, count: Int) throws(SRTPError) -> Int {
        precondition(count <= packet.count, "the packet lies in its buffer")
        let tagLength = self.profile.rtpTagLength
        let headerLength = try PacketLayout.rtpHeaderLength(packet, end: count)
        guard count + tagLength <= packet.count else { throw .noRoom }
        let ssrc = PacketLayout.word(packet, at: PacketLayout.rtpSSRCOffset)
        let index = try self.advance(ssrc: ssrc, sequenceNumber: PacketLayout.sequenceNumber(packet))
        try self.rtp.sealRTP(
            &packet, text: headerLength..<count, ssrc: ssrc, index: index.rawValue, tagLength: tagLength)
        return count + tagLength
    }

    /// Protects the RTCP compound in the first `count` octets and returns its new length.
    mutating func protectRTCP(_ packet: inout MutableSpan<UInt8>, count: Int) throws(SRTPError) -> Int {
        precondition(count <= packet.count, "the packet lies in its buffer")
        guard count >= PacketLayout.rtcpHeaderLength, packet[0] >> 6 == 2 else { throw .malformed }
        guard count + self.profile.rtcpOverhead <= packet.count else { throw .noRoom }
        guard self.rtcpIndex < Self.rtcpIndexMax else { throw .keyExhausted }
        self.rtcpIndex += 1
        let ssrc = PacketLayout.word(packet, at: PacketLayout.rtcpSSRCOffset)
        try self.rtcp.sealRTCP(
            &packet, count: count, ssrc: ssrc, index: self.rtcpIndex, tagLength: self.profile.rtcpTagLength)
        return count + self.profile.rtcpOverhead
    }

    /// The index of the next packet of a source. Its roll-over counter begins at 0 and follows the sequence number.
    private mutating func advance(ssrc: UInt32, sequenceNumber: UInt16) throws(SRTPError) -> PacketIndex {
        guard let place = self.sources.firstIndex(where: { $0.ssrc == ssrc }) else {
            guard self.sources.count < SRTPSender.sourcesMax else { throw .tooManySources }
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

    private static let rtpIndexMax: UInt64 = 1 << 48
    private static let rtcpIndexMax: UInt32 = 1 << 31 - 1
}
