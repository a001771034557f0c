/// The keys of one master key and one purpose, RTP or RTCP, ready for use (RFC 3711 section 4.3).
package struct SessionKeys: ~Copyable {
    let salt: SessionSalt
    private let cipher: PacketCipher

    /// What a key is for; the raw value of the cipher's label, followed by those of the authenticator and the salt.
    enum Purpose: UInt8 {
        case rtp = 0
        case rtcp = 3
    }

    init(
        _ master: MasterKey, of profile: ProtectionProfile, for purpose: Purpose, _ direction: GaloisCipher.Direction
    ) throws(SRTPError) {
        guard master.fits(profile) else { throw .badKeyLength }
        let derivation = try KeyDerivation(master)
        let label = purpose.rawValue
        try self.init(
            cipherKey: try derivation.octets(label: label, count: profile.keyLength),
            authenticationKey: try derivation.octets(label: label + 1, count: Self.authenticationKeyLength),
            salt: try derivation.octets(label: label + 2, count: profile.saltLength), transform: profile.transform,
            direction)
    }

    private init(
        cipherKey: [UInt8], authenticationKey: [UInt8], salt: [UInt8], transform: ProtectionProfile.Transform,
        _ direction: GaloisCipher.Direction
    ) throws(SRTPError) {
        self.salt = SessionSalt(salt)
        switch transform {
        case .counterModeWithHMAC:
            self.cipher = .counterMode(
                CounterModeParts(
                    cipher: try CounterModeCipher(key: cipherKey),
                    authenticator: MessageAuthenticator(key: authenticationKey)))
        case .galoisCounterMode:
            self.cipher = .galois(try GaloisCipher(key: cipherKey, direction))
        }
    }

    /// Session keys of Galois/counter mode as they are, without a master key: RFC 7714's examples give them so.
    package init(galoisKey: [UInt8], salt: [UInt8], seals: Bool) throws(SRTPError) {
        try self.init(
            cipherKey: galoisKey, authenticationKey: [], salt: salt, transform: .galoisCounterMode,
            seals ? .sealing : .opening)
    }

    /// Encrypts the RTP payload in `text` and writes the tag behind it; both are in `packet`.
    package func sealRTP(
        _ packet: inout MutableSpan<UInt8>, text: Range<Int>, ssrc: UInt32, index: UInt64, tagLength: Int
    ) throws(SRTPError) {
        switch self.cipher {
        case .counterMode(let parts):
            let counter = CounterBlock(salt: self.salt, ssrc: ssrc, index: index)
            try parts.cipher.apply(counter: counter, to: &packet, in: text)
            let rollOverCounter = UInt32(truncatingIfNeeded: index >> 16)
            parts.authenticator.tag(packet, count: text.upperBound, suffix: rollOverCounter)
                .write(tagLength, to: &packet, at: text.upperBound)
        case .galois(let cipher):
            let nonce = GaloisNonce(salt: self.salt, ssrc: ssrc, index: index)
            try cipher.seal(&packet, text: text, trailer: nil, nonce: nonce)
        }
    }

    /// Checks the tag behind `text` and decrypts the text; after an error the packet is as it came.
    package func openRTP(
        _ packet: inout MutableSpan<UInt8>, text: Range<Int>, ssrc: UInt32, index: UInt64, tagLength: Int
    ) throws(SRTPError) {
        switch self.cipher {
        case .counterMode(let parts):
            let rollOverCounter = UInt32(truncatingIfNeeded: index >> 16)
            let tag = parts.authenticator.tag(packet, count: text.upperBound, suffix: rollOverCounter)
            guard tag.matches(tagLength, of: packet, at: text.upperBound) else { throw .authenticationFailed }
            try parts.cipher.apply(
                counter: CounterBlock(salt: self.salt, ssrc: ssrc, index: index), to: &packet, in: text)
        case .galois(let cipher):
            let nonce = GaloisNonce(salt: self.salt, ssrc: ssrc, index: index)
            try cipher.open(&packet, text: text, trailer: nil, nonce: nonce)
        }
    }

    /// Encrypts the RTCP compound in the first `count` octets and writes index and tag behind it, in the order of the
    /// transform (RFC 3711 section 3.4, RFC 7714 section 9.2).
    package func sealRTCP(
        _ packet: inout MutableSpan<UInt8>, count: Int, ssrc: UInt32, index: UInt32, tagLength: Int
    ) throws(SRTPError) {
        let text = PacketLayout.rtcpHeaderLength..<count
        let trailer = PacketLayout.encryptedFlag | index
        switch self.cipher {
        case .counterMode(let parts):
            let counter = CounterBlock(salt: self.salt, ssrc: ssrc, index: UInt64(index))
            try parts.cipher.apply(counter: counter, to: &packet, in: text)
            PacketLayout.write(trailer, to: &packet, at: count)
            parts.authenticator.tag(packet, count: count + 4, suffix: nil).write(tagLength, to: &packet, at: count + 4)
        case .galois(let cipher):
            let nonce = GaloisNonce(salt: self.salt, ssrc: ssrc, index: UInt64(index))
            try cipher.seal(&packet, text: text, trailer: trailer, nonce: nonce)
            PacketLayout.write(trailer, to: &packet, at: count + tagLength)
        }
    }

    /// Checks and decrypts the RTCP compound in the first `count` octets, behind which stand index and tag.
    ///
    /// - Parameter trailer: the index and the flag that says whether the compound is encrypted, which it has to be.
    package func openRTCP(
        _ packet: inout MutableSpan<UInt8>, count: Int, ssrc: UInt32, trailer: UInt32, tagLength: Int
    ) throws(SRTPError) {
        let isEncrypted = trailer & PacketLayout.encryptedFlag != 0
        let index = UInt64(trailer & ~PacketLayout.encryptedFlag)
        let text = PacketLayout.rtcpHeaderLength..<count
        switch self.cipher {
        case .counterMode(let parts):
            let tag = parts.authenticator.tag(packet, count: count + 4, suffix: nil)
            guard tag.matches(tagLength, of: packet, at: count + 4) else { throw .authenticationFailed }
            guard isEncrypted else { throw .notEncrypted }
            let counter = CounterBlock(salt: self.salt, ssrc: ssrc, index: index)
            try parts.cipher.apply(counter: counter, to: &packet, in: text)
        case .galois(let cipher):
            let nonce = GaloisNonce(salt: self.salt, ssrc: ssrc, index: index)
            let text = isEncrypted ? text : count..<count
            try cipher.open(&packet, text: text, trailer: trailer, nonce: nonce)
            guard isEncrypted else { throw .notEncrypted }
        }
    }

    /// Where the word with the index of an SRTCP packet of `count` octets begins.
    func trailerOffset(count: Int, tagLength: Int) -> Int {
        switch self.cipher {
        case .counterMode: count - tagLength - 4
        case .galois: count - 4
        }
    }

    private static let authenticationKeyLength = 20
}

/// What encrypts and authenticates.
///
/// Not private: other rooms hold it by value, and a release build then refers to its metadata across files.
enum PacketCipher: ~Copyable {
    case counterMode(CounterModeParts)
    case galois(GaloisCipher)
}

struct CounterModeParts: ~Copyable {
    let cipher: CounterModeCipher
    let authenticator: MessageAuthenticator
}

/// The key stream that turns a master key into session keys (RFC 3711 section 4.3.1; RFC 6188 section 3 for longer
/// keys), at a key derivation rate of zero.
package struct KeyDerivation: ~Copyable {
    private let cipher: CounterModeCipher
    private let salt: SessionSalt

    package init(_ master: MasterKey) throws(SRTPError) {
        self.cipher = try CounterModeCipher(key: master.key)
        self.salt = SessionSalt(master.salt)
    }

    /// `count` octets for a label, which stands above the 48 bits of the index, where packets have their SSRC; the index
    /// is zero.
    package func octets(label: UInt8, count: Int) throws(SRTPError) -> [UInt8] {
        var octets = [UInt8](repeating: 0, count: count)
        let block = CounterBlock(salt: self.salt, ssrc: UInt32(label), index: 0)
        var span = octets.mutableSpan
        try self.cipher.apply(counter: block, to: &span, in: 0..<count)
        return octets
    }
}
