import CSRTP
import SDP

/// Suite and master keys of one call: key and salt in one, each way.
package struct MediaKeys: Hashable, Sendable {
    package var suite: CryptoSuite
    package var send: [UInt8]
    package var receive: [UInt8]

    package init(suite: CryptoSuite, send: [UInt8], receive: [UInt8]) {
        precondition(
            send.count == suite.keyLength && receive.count == suite.keyLength, "keys are as long as the suite's")
        self.suite = suite
        self.send = send
        self.receive = receive
    }
}

/// SRTP by libsrtp2 in both directions of a call: another engine than the gateway's, so that no fault of ours cancels.
///
/// Confined to the thread that made it.
@safe
struct ForeignSRTP: ~Copyable {
    private let outbound: srtp_t
    private let inbound: srtp_t

    /// What libsrtp2 may add behind a packet: tag, and the index of SRTCP.
    private static let trailerMax = 144

    /// Makes the library's tables, which takes some 50 ms: at the start, so that no call waits for it.
    static func initialise() throws(SimulatorError) {
        guard csrtp_initialise() == srtp_err_status_ok else { throw .srtpFailed(reason: "srtp_init failed") }
    }

    /// libsrtp2 (2.5.0) derives the keys of AES-192 otherwise than RFC 6188 section 3.
    static func speaks(_ suite: CryptoSuite) -> Bool {
        suite != .aes192CMHMACSHA1_80 && suite != .aes192CMHMACSHA1_32
    }

    init(_ keys: MediaKeys) throws(SimulatorError) {
        guard Self.speaks(keys.suite) else { throw .srtpFailed(reason: "libsrtp2 does not speak AES_192_CM") }
        try Self.initialise()
        let outbound = unsafe try Self.session(ssrc_any_outbound, keys.send, keys.suite)
        do {
            unsafe self.inbound = try Self.session(ssrc_any_inbound, keys.receive, keys.suite)
            unsafe self.outbound = outbound
        } catch {
            // Safe: made above and known to nobody else.
            _ = unsafe srtp_dealloc(outbound)
            throw error
        }
    }

    deinit {
        // Safe: both sessions were made by `init`, and nobody else has them.
        _ = unsafe srtp_dealloc(self.outbound)
        _ = unsafe srtp_dealloc(self.inbound)
    }

    private static func session(
        _ direction: srtp_ssrc_type_t, _ key: [UInt8], _ suite: CryptoSuite
    ) throws(SimulatorError) -> srtp_t {
        var key = key
        var policy = unsafe srtp_policy_t()
        unsafe policy.ssrc.type = direction
        unsafe policy.window_size = 1_024
        unsafe Self.setPolicies(&policy, suite)
        // Safe: libsrtp2 copies key and salt, which have the policy's length, before it returns.
        let (status, session) = unsafe key.withUnsafeMutableBufferPointer { octets in
            unsafe policy.key = octets.baseAddress
            var session: srtp_t?
            let status = unsafe srtp_create(&session, &policy)
            return unsafe (status, session)
        }
        guard status == srtp_err_status_ok, let session = unsafe session else {
            throw .srtpFailed(reason: "srtp_create gave status \(status.rawValue)")
        }
        return unsafe session
    }

    @unsafe private static func setPolicies(_ policy: inout srtp_policy_t, _ suite: CryptoSuite) {
        // Safe: both policies are fields of the caller's variable.
        switch suite {
        case .aesCM128HMACSHA1_80: unsafe srtp_crypto_policy_set_rtp_default(&policy.rtp)
        case .aesCM128HMACSHA1_32: unsafe srtp_crypto_policy_set_aes_cm_128_hmac_sha1_32(&policy.rtp)
        case .aes192CMHMACSHA1_80, .aes192CMHMACSHA1_32: preconditionFailure("refused before")
        case .aes256CMHMACSHA1_80: unsafe srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80(&policy.rtp)
        case .aes256CMHMACSHA1_32: unsafe srtp_crypto_policy_set_aes_cm_256_hmac_sha1_32(&policy.rtp)
        case .aeadAES128GCM: unsafe srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtp)
        case .aeadAES256GCM: unsafe srtp_crypto_policy_set_aes_gcm_256_16_auth(&policy.rtp)
        }
        switch suite {
        case .aesCM128HMACSHA1_80, .aesCM128HMACSHA1_32, .aes192CMHMACSHA1_80, .aes192CMHMACSHA1_32:
            unsafe srtp_crypto_policy_set_rtp_default(&policy.rtcp)
        case .aes256CMHMACSHA1_80, .aes256CMHMACSHA1_32:
            unsafe srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80(&policy.rtcp)
        case .aeadAES128GCM: unsafe srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtcp)
        case .aeadAES256GCM: unsafe srtp_crypto_policy_set_aes_gcm_256_16_auth(&policy.rtcp)
        }
    }

    /// The packet as it goes on the wire, or nil when libsrtp2 refuses it.
    func protectRTP(_ packet: [UInt8]) -> [UInt8]? {
        let session = unsafe self.outbound
        return unsafe Self.apply(to: packet, room: Self.trailerMax) { octets, length in
            unsafe srtp_protect(session, octets, length)
        }
    }

    /// The plain packet, or nil when its tag is wrong or it was seen before.
    func unprotectRTP(_ packet: [UInt8]) -> [UInt8]? {
        let session = unsafe self.inbound
        return unsafe Self.apply(to: packet, room: 0) { octets, length in
            unsafe srtp_unprotect(session, octets, length)
        }
    }

    /// The plain RTCP packet, or nil when its tag is wrong or it was seen before.
    func unprotectRTCP(_ packet: [UInt8]) -> [UInt8]? {
        let session = unsafe self.inbound
        return unsafe Self.apply(to: packet, room: 0) { octets, length in
            unsafe srtp_unprotect_rtcp(session, octets, length)
        }
    }

    private static func apply(
        to packet: [UInt8], room: Int,
        _ body: (UnsafeMutableRawPointer, UnsafeMutablePointer<Int32>) -> srtp_err_status_t
    ) -> [UInt8]? {
        guard packet.count >= 8 else { return nil }
        var octets = packet
        octets.append(contentsOf: repeatElement(0, count: room))
        var length = Int32(packet.count)
        // Safe: the buffer holds the packet and the most that libsrtp2 writes behind it; `length` is the packet's own.
        let status = unsafe octets.withUnsafeMutableBytes { bytes in
            guard let start = bytes.baseAddress else { return srtp_err_status_bad_param }
            return unsafe body(start, &length)
        }
        guard status == srtp_err_status_ok else { return nil }
        return Array(octets.prefix(Int(length)))
    }
}
