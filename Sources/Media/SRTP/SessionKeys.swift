/// The keys of one master key and one purpose, RTP or RTCP, ready for use (RFC 3711 section 4.3).
struct SessionKeys: ~Copyable {
    var cipher: CounterModeCipher
    let authenticator: MessageAuthenticator
    let salt: SessionSalt

    /// What a key is for; the raw value of the cipher's label, followed by those of the authenticator and the salt.
    enum Purpose: UInt8 {
        case rtp = 0
        case rtcp = 3
    }

    init(_ master: MasterKey, for purpose: Purpose) throws(SRTPError) {
        var derivation = try KeyDerivation(master)
        let label = purpose.rawValue
        let cipherKey = try derivation.octets(label: label, count: MasterKey.keyLength)
        let authenticationKey = try derivation.octets(label: label + 1, count: Self.authenticationKeyLength)
        let salt = try derivation.octets(label: label + 2, count: MasterKey.saltLength)
        self.cipher = try CounterModeCipher(key: cipherKey)
        self.authenticator = MessageAuthenticator(key: authenticationKey)
        self.salt = SessionSalt(salt)
    }

    private static let authenticationKeyLength = 20
}

/// The key stream that turns a master key into session keys (RFC 3711 section 4.3.1), at a key derivation rate of zero.
package struct KeyDerivation: ~Copyable {
    private var cipher: CounterModeCipher
    private let salt: SessionSalt

    package init(_ master: MasterKey) throws(SRTPError) {
        self.cipher = try CounterModeCipher(key: master.key)
        self.salt = SessionSalt(master.salt)
    }

    /// `count` octets for a label, which stands above the 48 bits of the index, where packets have their SSRC; the index
    /// is zero.
    package mutating func octets(label: UInt8, count: Int) throws(SRTPError) -> [UInt8] {
        var octets = [UInt8](repeating: 0, count: count)
        let block = CounterBlock(salt: self.salt, ssrc: UInt32(label), index: 0)
        var span = octets.mutableSpan
        try self.cipher.apply(counter: block, to: &span, in: 0..<count)
        return octets
    }
}
