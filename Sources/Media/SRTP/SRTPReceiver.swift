/// Checks and opens what we receive under one master key (RFC 3711): RTP and RTCP, in place.
///
/// Belongs to one thread; a packet costs no allocation. Nothing a packet says changes any state before its tag has
/// matched: a forged packet moves no window and no roll-over counter, and makes no source.
package struct SRTPReceiver: ~Copyable {
    private struct Source {
        var ssrc: UInt32
        var window = ReplayWindow()
    }

    package let profile: ProtectionProfile
    private var rtp: SessionKeys
    private var rtcp: SessionKeys
    private var rtpSources: [Source] = []
    private var rtcpSources: [Source] = []

    /// Sources that one key may open, of RTP and of RTCP each.
    package static let sourcesMax = 8

    package init(_ profile: ProtectionProfile, _ key: MasterKey) throws(SRTPError) {
        let rtp = try SessionKeys(key, for: .rtp)
        let rtcp = try SessionKeys(key, for: .rtcp)
        self.profile = profile
        self.rtp = rtp
        self.rtcp = rtcp
        self.rtpSources.reserveCapacity(Self.sourcesMax)
        self.rtcpSources.reserveCapacity(Self.sourcesMax)
    }

    /// Opens the SRTP packet in the first `count` octets and returns its length without the tag.
    ///
    /// After an error the packet is as it came, and is not to be used.
    package mutating func unprotectRTP(_ packet: inout MutableSpan<UInt8>, count: Int) throws(SRTPError) -> Int {
        precondition(count <= packet.count, "the packet lies in its buffer")
        let end = count - self.profile.rtpTagLength
        let headerLength = try PacketLayout.rtpHeaderLength(packet, end: end)
        let ssrc = PacketLayout.word(packet, at: PacketLayout.rtpSSRCOffset)
        let place = self.rtpSources.firstIndex(where: { $0.ssrc == ssrc })
        let window = place.map { self.rtpSources[$0].window } ?? ReplayWindow()
        let sequenceNumber = PacketLayout.sequenceNumber(packet)
        let index =
            window.highest.map { PacketIndex(nearest: $0, sequenceNumber: sequenceNumber) }
            ?? PacketIndex(rollOverCounter: 0, sequenceNumber: sequenceNumber)
        guard window.admits(index.rawValue) else { throw .replayed }
        let tag = self.rtp.authenticator.tag(packet, count: end, suffix: index.rollOverCounter)
        guard tag.matches(self.profile.rtpTagLength, of: packet, at: end) else { throw .authenticationFailed }
        try Self.accept(index.rawValue, of: ssrc, at: place, in: &self.rtpSources)
        try self.rtp.cipher.apply(
            counter: CounterBlock(salt: self.rtp.salt, ssrc: ssrc, index: index.rawValue), to: &packet,
            in: headerLength..<end)
        return end
    }

    /// Opens the SRTCP packet in the first `count` octets and returns its length without index and tag.
    ///
    /// After an error the packet is as it came, and is not to be used.
    package mutating func unprotectRTCP(_ packet: inout MutableSpan<UInt8>, count: Int) throws(SRTPError) -> Int {
        precondition(count <= packet.count, "the packet lies in its buffer")
        let end = count - self.profile.rtcpOverhead
        guard end >= PacketLayout.rtcpHeaderLength, packet[0] >> 6 == 2 else { throw .malformed }
        let ssrc = PacketLayout.word(packet, at: PacketLayout.rtcpSSRCOffset)
        let trailer = PacketLayout.word(packet, at: end)
        let index = UInt64(trailer & 0x7FFF_FFFF)
        let place = self.rtcpSources.firstIndex(where: { $0.ssrc == ssrc })
        let window = place.map { self.rtcpSources[$0].window } ?? ReplayWindow()
        guard window.admits(index) else { throw .replayed }
        let tag = self.rtcp.authenticator.tag(packet, count: end + 4, suffix: nil)
        guard tag.matches(self.profile.rtcpTagLength, of: packet, at: end + 4) else { throw .authenticationFailed }
        guard trailer & 0x8000_0000 != 0 else { throw .notEncrypted }
        try Self.accept(index, of: ssrc, at: place, in: &self.rtcpSources)
        try self.rtcp.cipher.apply(
            counter: CounterBlock(salt: self.rtcp.salt, ssrc: ssrc, index: index), to: &packet,
            in: PacketLayout.rtcpHeaderLength..<end)
        return end
    }

    /// Opens the SRTP packet in the first `count` octets and returns its length without the tag.
    package mutating func unprotectRTP(_ packet: inout [UInt8], count: Int) throws(SRTPError) -> Int {
        var span = packet.mutableSpan
        return try self.unprotectRTP(&span, count: count)
    }

    /// Opens the SRTCP packet in the first `count` octets and returns its length without index and tag.
    package mutating func unprotectRTCP(_ packet: inout [UInt8], count: Int) throws(SRTPError) -> Int {
        var span = packet.mutableSpan
        return try self.unprotectRTCP(&span, count: count)
    }

    /// Notes a packet whose tag has matched; its source is made with its first one.
    private static func accept(
        _ index: UInt64, of ssrc: UInt32, at place: Int?, in sources: inout [Source]
    ) throws(SRTPError) {
        if let place {
            sources[place].window.accept(index)
            return
        }
        guard sources.count < Self.sourcesMax else { throw .tooManySources }
        var source = Source(ssrc: ssrc)
        source.window.accept(index)
        sources.append(source)
    }
}
