/// Protects what we send under one master key (RFC 3711): RTP and RTCP, in place.
///
/// Belongs to one thread; a packet costs no allocation. Use one master key in one direction only: two streams under the
/// same key and SSRC would show the exclusive or of their contents.
package struct SRTPSender: ~Copyable {
    package let profile: ProtectionProfile
    // One of the two is there, as the engine was chosen.
    private var libcrypto: LibcryptoSender?
    private var libsrtp: LibSRTPSession?

    /// Sources that one key may protect.
    package static let sourcesMax = 4
    /// Octets that a buffer must have beyond a packet.
    package static let overheadMax = 20

    package init(
        _ profile: ProtectionProfile, _ key: MasterKey, engine: SRTPEngine = .libcrypto
    ) throws(SRTPError) {
        self.profile = profile
        switch engine {
        case .libcrypto:
            self.libcrypto = try LibcryptoSender(profile, key)
            self.libsrtp = nil
        case .libsrtp2:
            self.libcrypto = nil
            self.libsrtp = try LibSRTPSession(profile, key, .outbound)
        }
    }

    /// Protects the RTP packet in the first `count` octets and returns its new length.
    package mutating func protectRTP(_ packet: inout MutableSpan<UInt8>, count: Int) throws(SRTPError) -> Int {
        precondition(count <= packet.count, "the packet lies in its buffer")
        if let length = try self.libcrypto?.protectRTP(&packet, count: count) { return length }
        guard let length = try self.libsrtp?.protectRTP(&packet, count: count) else {
            preconditionFailure("a sender has an engine")
        }
        return length
    }

    /// Protects the RTCP compound in the first `count` octets and returns its new length.
    package mutating func protectRTCP(_ packet: inout MutableSpan<UInt8>, count: Int) throws(SRTPError) -> Int {
        precondition(count <= packet.count, "the packet lies in its buffer")
        if let length = try self.libcrypto?.protectRTCP(&packet, count: count) { return length }
        guard let length = try self.libsrtp?.protectRTCP(&packet, count: count) else {
            preconditionFailure("a sender has an engine")
        }
        return length
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
}
