/// Checks and opens what we receive under one master key (RFC 3711): RTP and RTCP, in place.
///
/// Belongs to one thread; a packet costs no allocation. Nothing a packet says changes any state before its tag has
/// matched: a forged packet moves no window and no roll-over counter, and makes no source.
package struct SRTPReceiver: ~Copyable {
    package let profile: ProtectionProfile
    // One of the two is there, as the engine was chosen.
    private var libcrypto: LibcryptoReceiver?
    private var libsrtp: LibSRTPSession?

    /// Sources that one key may open, of RTP and of RTCP each; with libsrtp2, of both together.
    ///
    /// Carriers change the SSRC when they hold, resume and transfer: a long call sees a dozen. None is forgotten, since
    /// one that comes back with an empty replay window could be played to us again.
    package static let sourcesMax = 64
    /// Sources for which there is memory from the start.
    static let sourcesUsual = 8

    package init(
        _ profile: ProtectionProfile, _ key: MasterKey, engine: SRTPEngine = .libcrypto
    ) throws(SRTPError) {
        self.profile = profile
        switch engine {
        case .libcrypto:
            self.libcrypto = try LibcryptoReceiver(profile, key)
            self.libsrtp = nil
        case .libsrtp2:
            self.libcrypto = nil
            self.libsrtp = try LibSRTPSession(profile, key, .inbound)
        }
    }

    /// Opens the SRTP packet in the first `count` octets and returns its length without the tag.
    ///
    /// After an error the packet is as it came, and is not to be used.
    package mutating func unprotectRTP(_ packet: inout MutableSpan<UInt8>, count: Int) throws(SRTPError) -> Int {
        precondition(count <= packet.count, "the packet lies in its buffer")
        if let length = try self.libcrypto?.unprotectRTP(&packet, count: count) { return length }
        guard let length = try self.libsrtp?.unprotectRTP(&packet, count: count) else {
            preconditionFailure("a receiver has an engine")
        }
        return length
    }

    /// Opens the SRTCP packet in the first `count` octets and returns its length without index and tag.
    ///
    /// After an error the packet is as it came, and is not to be used.
    package mutating func unprotectRTCP(_ packet: inout MutableSpan<UInt8>, count: Int) throws(SRTPError) -> Int {
        precondition(count <= packet.count, "the packet lies in its buffer")
        if let length = try self.libcrypto?.unprotectRTCP(&packet, count: count) { return length }
        guard let length = try self.libsrtp?.unprotectRTCP(&packet, count: count) else {
            preconditionFailure("a receiver has an engine")
        }
        return length
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
}
