/// The receiving half of our own engine, on libcrypto; `SRTPReceiver` says what it does.
struct LibcryptoReceiver: ~Copyable {
    private struct Source {
        var ssrc: UInt32
        var window = ReplayWindow()
    }

    private let profile: ProtectionProfile
    private let rtp: SessionKeys
    private let rtcp: SessionKeys
    // The newest last, and looked for from there.
    private var rtpSources: [Source] = []
    private var rtcpSources: [Source] = []

    init(_ profile: ProtectionProfile, _ key: MasterKey) throws(SRTPError) {
        let rtp = try SessionKeys(key, of: profile, for: .rtp, .opening)
        let rtcp = try SessionKeys(key, of: profile, for: .rtcp, .opening)
        self.profile = profile
        self.rtp = rtp
        self.rtcp = rtcp
        self.rtpSources.reserveCapacity(SRTPReceiver.sourcesUsual)
        self.rtcpSources.reserveCapacity(SRTPReceiver.sourcesUsual)
    }

    /// Opens the SRTP packet in the first `count` octets and returns its length without the tag.
    ///
    /// After an error the packet is as it came, and is not to be used.
    mutating func unprotectRTP(_ packet: inout MutableSpan<UInt8>, count: Int) throws(SRTPError) -> Int {
        precondition(count <= packet.count, "the packet lies in its buffer")
        let end = count - self.profile.rtpTagLength
        let headerLength = try PacketLayout.rtpHeaderLength(packet, end: end)
        let ssrc = PacketLayout.word(packet, at: PacketLayout.rtpSSRCOffset)
        let place = self.rtpSources.lastIndex(where: { $0.ssrc == ssrc })
        let window = place.map { self.rtpSources[$0].window } ?? ReplayWindow()
        let sequenceNumber = PacketLayout.sequenceNumber(packet)
        let index =
            window.highest.map { PacketIndex(nearest: $0, sequenceNumber: sequenceNumber) }
            ?? PacketIndex(rollOverCounter: 0, sequenceNumber: sequenceNumber)
        guard window.admits(index.rawValue) else { throw .replayed }
        guard place != nil || self.rtpSources.count < SRTPReceiver.sourcesMax else { throw .tooManySources }
        try self.rtp.openRTP(
            &packet, text: headerLength..<end, ssrc: ssrc, index: index.rawValue, tagLength: self.profile.rtpTagLength)
        Self.accept(index.rawValue, of: ssrc, at: place, in: &self.rtpSources)
        return end
    }

    /// Opens the SRTCP packet in the first `count` octets and returns its length without index and tag.
    ///
    /// After an error the packet is as it came, and is not to be used.
    mutating func unprotectRTCP(_ packet: inout MutableSpan<UInt8>, count: Int) throws(SRTPError) -> Int {
        precondition(count <= packet.count, "the packet lies in its buffer")
        let end = count - self.profile.rtcpOverhead
        guard end >= PacketLayout.rtcpHeaderLength, packet[0] >> 6 == 2 else { throw .malformed }
        let ssrc = PacketLayout.word(packet, at: PacketLayout.rtcpSSRCOffset)
        let tagLength = self.profile.rtcpTagLength
        let trailer = PacketLayout.word(packet, at: self.rtcp.trailerOffset(count: count, tagLength: tagLength))
        let index = UInt64(trailer & ~PacketLayout.encryptedFlag)
        let place = self.rtcpSources.lastIndex(where: { $0.ssrc == ssrc })
        let window = place.map { self.rtcpSources[$0].window } ?? ReplayWindow()
        guard window.admits(index) else { throw .replayed }
        guard place != nil || self.rtcpSources.count < SRTPReceiver.sourcesMax else { throw .tooManySources }
        try self.rtcp.openRTCP(&packet, count: end, ssrc: ssrc, trailer: trailer, tagLength: tagLength)
        Self.accept(index, of: ssrc, at: place, in: &self.rtcpSources)
        return end
    }

    /// Notes a packet whose tag has matched; its source is made with its first one, for which there is a place.
    private static func accept(_ index: UInt64, of ssrc: UInt32, at place: Int?, in sources: inout [Source]) {
        if let place {
            sources[place].window.accept(index)
            return
        }
        var source = Source(ssrc: ssrc)
        source.window.accept(index)
        sources.append(source)
    }
}
