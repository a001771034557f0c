/// Why a packet was not protected or not accepted.
package enum SRTPError: Error, Hashable, Sendable {
    /// A key or salt of the wrong length.
    case badKeyLength
    /// Too short for its header, its stated extension, or its tag; or not version 2.
    case malformed
    /// The packet's tag does not match: forged, damaged, in the clear, or under another key.
    case authenticationFailed
    /// Seen before, or older than the replay window.
    case replayed
    /// The buffer has no room for the tag.
    case noRoom
    /// SRTCP from a sender that did not encrypt it.
    case notEncrypted
    /// More sources under one key than `SRTPReceiver.sourcesMax` or `SRTPSender.sourcesMax`.
    case tooManySources
    /// The key has protected as many packets as it may: 2^48 of RTP or 2^31 of RTCP (RFC 3711 section 9.2).
    case keyExhausted
    /// libcrypto refused: out of memory, or without the algorithm.
    case libcryptoFailed
    /// The engine does not speak the profile, see `SRTPEngine.speaks`.
    case unsupportedProfile
    /// libsrtp2 refused: out of memory, or without the algorithm.
    case libsrtpFailed
}
