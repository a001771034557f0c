import CSRTP
import SRTP

/// One session of libsrtp2, the oracle: outbound or inbound for any SSRC under one key.
@safe struct LibSRTP: ~Copyable {
    private let session: srtp_t

    struct Failure: Error, Hashable {
        var status: UInt32
    }

    enum Direction {
        case outbound
        case inbound
    }

    init(
        _ profile: ProtectionProfile, key: [UInt8], _ direction: Direction, encryptsRTCP: Bool = true
    ) throws {
        let initialised = csrtp_initialise()
        guard initialised == srtp_err_status_ok else { throw Failure(status: initialised.rawValue) }
        var session: srtp_t?
        var policy = unsafe srtp_policy_t()
        unsafe Self.setPolicies(&policy, profile)
        if !encryptsRTCP { unsafe policy.rtcp.sec_serv = sec_serv_auth }
        unsafe policy.ssrc.type = direction == .outbound ? ssrc_any_outbound : ssrc_any_inbound
        unsafe policy.window_size = 128
        var key = key
        // Safe: libsrtp copies the key, which has the policy's length, before it returns.
        let status = unsafe key.withUnsafeMutableBufferPointer { buffer in
            unsafe policy.key = buffer.baseAddress
            return unsafe srtp_create(&session, &policy)
        }
        guard status == srtp_err_status_ok, let created = unsafe session else {
            throw Failure(status: status.rawValue)
        }
        unsafe self.session = created
    }

    deinit {
        _ = unsafe srtp_dealloc(self.session)
    }

    func protectRTP(_ plain: [UInt8]) throws -> [UInt8] {
        try unsafe self.run(plain) { packet, length in unsafe srtp_protect(self.session, packet, length) }
    }

    func protectRTCP(_ plain: [UInt8]) throws -> [UInt8] {
        try unsafe self.run(plain) { packet, length in unsafe srtp_protect_rtcp(self.session, packet, length) }
    }

    func unprotectRTP(_ sealed: [UInt8]) throws -> [UInt8] {
        try unsafe self.run(sealed) { packet, length in unsafe srtp_unprotect(self.session, packet, length) }
    }

    func unprotectRTCP(_ sealed: [UInt8]) throws -> [UInt8] {
        try unsafe self.run(sealed) { packet, length in unsafe srtp_unprotect_rtcp(self.session, packet, length) }
    }

    /// The functions that the names of the crypto suites stand for; RTCP's tags always have 80 bits or more.
    @unsafe private static func setPolicies(_ policy: inout srtp_policy_t, _ profile: ProtectionProfile) {
        switch profile {
        case .aesCM128HMACSHA1_80: unsafe srtp_crypto_policy_set_rtp_default(&policy.rtp)
        case .aesCM128HMACSHA1_32: unsafe srtp_crypto_policy_set_aes_cm_128_hmac_sha1_32(&policy.rtp)
        case .aes192CMHMACSHA1_80: unsafe srtp_crypto_policy_set_aes_cm_192_hmac_sha1_80(&policy.rtp)
        case .aes192CMHMACSHA1_32: unsafe srtp_crypto_policy_set_aes_cm_192_hmac_sha1_32(&policy.rtp)
        case .aes256CMHMACSHA1_80: unsafe srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80(&policy.rtp)
        case .aes256CMHMACSHA1_32: unsafe srtp_crypto_policy_set_aes_cm_256_hmac_sha1_32(&policy.rtp)
        case .aeadAES128GCM: unsafe srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtp)
        case .aeadAES256GCM: unsafe srtp_crypto_policy_set_aes_gcm_256_16_auth(&policy.rtp)
        }
        switch profile {
        case .aesCM128HMACSHA1_80, .aesCM128HMACSHA1_32: unsafe srtp_crypto_policy_set_rtcp_default(&policy.rtcp)
        case .aes192CMHMACSHA1_80, .aes192CMHMACSHA1_32:
            unsafe srtp_crypto_policy_set_aes_cm_192_hmac_sha1_80(&policy.rtcp)
        case .aes256CMHMACSHA1_80, .aes256CMHMACSHA1_32:
            unsafe srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80(&policy.rtcp)
        case .aeadAES128GCM: unsafe srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtcp)
        case .aeadAES256GCM: unsafe srtp_crypto_policy_set_aes_gcm_256_16_auth(&policy.rtcp)
        }
    }

    private func run(
        _ packet: [UInt8],
        _ body: (UnsafeMutableRawPointer?, UnsafeMutablePointer<Int32>) -> srtp_err_status_t
    ) throws -> [UInt8] {
        // Safe: libsrtp writes at most SRTP_MAX_TRAILER_LEN octets behind the packet.
        var buffer = packet + Array(repeating: 0, count: 160)
        var length = Int32(packet.count)
        let status = unsafe buffer.withUnsafeMutableBytes { bytes in unsafe body(bytes.baseAddress, &length) }
        guard status == srtp_err_status_ok else { throw Failure(status: status.rawValue) }
        return Array(buffer[..<Int(length)])
    }
}
