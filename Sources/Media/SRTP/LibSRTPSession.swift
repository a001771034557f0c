import CSRTP

/// One direction of a call under one master key, by libsrtp2.
///
/// What `SRTPSender` and `SRTPReceiver` promise and libsrtp2 does not do is done here: sources are bounded, and a packet
/// that was refused is left as it came.
@safe struct LibSRTPSession: ~Copyable {
    private let session: srtp_t
    private let profile: ProtectionProfile
    private let sourcesMax: Int
    private var sources: [UInt32] = []
    /// The packet as it came, while it is being opened.
    private var original: [UInt8] = []

    enum Direction {
        case outbound
        case inbound
    }

    /// Makes the library's tables with the first session of the process, which takes some 50 ms.
    init(_ profile: ProtectionProfile, _ key: MasterKey, _ direction: Direction) throws(SRTPError) {
        guard SRTPEngine.libsrtp2.speaks(profile) else { throw .unsupportedProfile }
        guard key.fits(profile) else { throw .badKeyLength }
        guard csrtp_initialise() == srtp_err_status_ok else { throw .libsrtpFailed }
        var policy = unsafe Self.policy(for: profile)
        unsafe policy.ssrc.type = direction == .outbound ? ssrc_any_outbound : ssrc_any_inbound
        unsafe policy.window_size = UInt(ReplayWindow.width)
        var octets = key.key + key.salt
        var session: srtp_t?
        // Safe: libsrtp2 copies the key, which has the policy's length, before it returns.
        let status = unsafe octets.withUnsafeMutableBufferPointer { buffer in
            unsafe policy.key = buffer.baseAddress
            return unsafe srtp_create(&session, &policy)
        }
        guard status == srtp_err_status_ok, let created = unsafe session else { throw .libsrtpFailed }
        unsafe self.session = created
        self.profile = profile
        self.sourcesMax = direction == .outbound ? SRTPSender.sourcesMax : SRTPReceiver.sourcesMax
        self.sources.reserveCapacity(SRTPReceiver.sourcesUsual)
        self.original.reserveCapacity(Self.packetLengthUsual)
    }

    deinit {
        // Safe: made by `init`, and nobody else has it.
        _ = unsafe srtp_dealloc(self.session)
    }

    mutating func protectRTP(_ packet: inout MutableSpan<UInt8>, count: Int) throws(SRTPError) -> Int {
        _ = try PacketLayout.rtpHeaderLength(packet, end: count)
        guard count + self.profile.rtpTagLength <= packet.count else { throw .noRoom }
        let source = PacketLayout.word(packet, at: PacketLayout.rtpSSRCOffset)
        return try unsafe self.run(&packet, count: count, source: source) { session, start, length in
            unsafe srtp_protect(session, start, length)
        }
    }

    mutating func protectRTCP(_ packet: inout MutableSpan<UInt8>, count: Int) throws(SRTPError) -> Int {
        guard count >= PacketLayout.rtcpHeaderLength, packet[0] >> 6 == 2 else { throw .malformed }
        guard count + self.profile.rtcpOverhead <= packet.count else { throw .noRoom }
        let source = PacketLayout.word(packet, at: PacketLayout.rtcpSSRCOffset)
        return try unsafe self.run(&packet, count: count, source: source) { session, start, length in
            unsafe srtp_protect_rtcp(session, start, length)
        }
    }

    mutating func unprotectRTP(_ packet: inout MutableSpan<UInt8>, count: Int) throws(SRTPError) -> Int {
        _ = try PacketLayout.rtpHeaderLength(packet, end: count - self.profile.rtpTagLength)
        let source = PacketLayout.word(packet, at: PacketLayout.rtpSSRCOffset)
        return try unsafe self.run(&packet, count: count, source: source) { session, start, length in
            unsafe srtp_unprotect(session, start, length)
        }
    }

    mutating func unprotectRTCP(_ packet: inout MutableSpan<UInt8>, count: Int) throws(SRTPError) -> Int {
        let end = count - self.profile.rtcpOverhead
        guard end >= PacketLayout.rtcpHeaderLength, packet[0] >> 6 == 2 else { throw .malformed }
        let source = PacketLayout.word(packet, at: PacketLayout.rtcpSSRCOffset)
        let isGalois = self.profile.transform == .galoisCounterMode
        let trailer = PacketLayout.word(packet, at: isGalois ? count - 4 : end)
        let length = try unsafe self.run(&packet, count: count, source: source) { session, start, length in
            unsafe srtp_unprotect_rtcp(session, start, length)
        }
        // In Galois/counter mode libsrtp2 takes packets that their sender did not encrypt.
        guard trailer & PacketLayout.encryptedFlag != 0 else {
            self.putBack(&packet, count: count)
            throw .notEncrypted
        }
        return length
    }

    /// Runs one function of libsrtp2 over the packet, and puts back what it refuses.
    @unsafe private mutating func run(
        _ packet: inout MutableSpan<UInt8>, count: Int, source: UInt32,
        _ body: (srtp_t, UnsafeMutableRawPointer, UnsafeMutablePointer<Int32>) -> srtp_err_status_t
    ) throws(SRTPError) -> Int {
        let isKnown = self.sources.contains(source)
        guard isKnown || self.sources.count < self.sourcesMax else { throw .tooManySources }
        self.original.removeAll(keepingCapacity: true)
        for index in 0..<count { self.original.append(packet[index]) }
        var length = Int32(count)
        let session = unsafe self.session
        // Safe: the buffer has been seen to have room for what the profile adds.
        let status = unsafe packet.withUnsafeMutableBytes { bytes in
            guard let start = bytes.baseAddress else { return srtp_err_status_bad_param }
            return unsafe body(session, start, &length)
        }
        guard status == srtp_err_status_ok else {
            self.putBack(&packet, count: count)
            throw SRTPError(status)
        }
        if !isKnown { self.sources.append(source) }
        return Int(length)
    }

    private func putBack(_ packet: inout MutableSpan<UInt8>, count: Int) {
        for index in 0..<count { packet[index] = self.original[index] }
    }

    @unsafe private static func policy(for profile: ProtectionProfile) -> srtp_policy_t {
        var policy = unsafe srtp_policy_t()
        // Safe: both are fields of a local variable. RTCP has 80-bit tags also where RTP's have 32.
        switch profile {
        case .aesCM128HMACSHA1_80:
            unsafe srtp_crypto_policy_set_rtp_default(&policy.rtp)
            unsafe srtp_crypto_policy_set_rtcp_default(&policy.rtcp)
        case .aesCM128HMACSHA1_32:
            unsafe srtp_crypto_policy_set_aes_cm_128_hmac_sha1_32(&policy.rtp)
            unsafe srtp_crypto_policy_set_rtcp_default(&policy.rtcp)
        case .aes256CMHMACSHA1_80:
            unsafe srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80(&policy.rtp)
            unsafe srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80(&policy.rtcp)
        case .aes256CMHMACSHA1_32:
            unsafe srtp_crypto_policy_set_aes_cm_256_hmac_sha1_32(&policy.rtp)
            unsafe srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80(&policy.rtcp)
        case .aes192CMHMACSHA1_80, .aes192CMHMACSHA1_32:
            preconditionFailure("refused by init")
        case .aeadAES128GCM:
            unsafe srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtp)
            unsafe srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtcp)
        case .aeadAES256GCM:
            unsafe srtp_crypto_policy_set_aes_gcm_256_16_auth(&policy.rtp)
            unsafe srtp_crypto_policy_set_aes_gcm_256_16_auth(&policy.rtcp)
        }
        return unsafe policy
    }

    /// Packets up to this length cost no allocation.
    private static let packetLengthUsual = 2_048
}

extension SRTPError {
    fileprivate init(_ status: srtp_err_status_t) {
        self =
            switch status {
            case srtp_err_status_auth_fail: .authenticationFailed
            case srtp_err_status_replay_fail, srtp_err_status_replay_old: .replayed
            case srtp_err_status_bad_param, srtp_err_status_parse_err: .malformed
            case srtp_err_status_key_expired: .keyExhausted
            // Only the flag of SRTCP leads here: it says that the packet is not encrypted.
            case srtp_err_status_cant_check: .notEncrypted
            default: .libsrtpFailed
            }
    }
}
