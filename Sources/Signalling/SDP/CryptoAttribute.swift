/// Why one `a=crypto` line cannot be used.
package enum CryptoFault: Error, Hashable, Sendable {
    /// Not `tag suite inline:key`.
    case malformed
    /// Not decimal, or longer than nine digits.
    case malformedTag
    case unsupportedSuite
    /// AES in f8 mode (RFC 4568 section 6.2.3), which nothing but UMTS has ever used.
    case f8Mode
    /// The key is not base64.
    case malformedKey
    /// Key and salt are not as long as the suite's.
    case wrongKeyLength
    case malformedLifetime
    /// The key would have to be changed within a call.
    case lifetimeTooShort
    /// A master key identifier: it would be carried in every packet, so it cannot be ignored.
    case masterKeyIdentifier
    /// Several keys, which are told apart by master key identifiers.
    case severalKeys
    /// A session parameter other than a replay window of 64 or more.
    case unsupportedSessionParameter

    package var sentence: String {
        switch self {
        case .malformed: "the line is malformed"
        case .malformedTag: "the tag is not a number of up to nine digits"
        case .unsupportedSuite:
            "the suites are AES_CM_128, AES_192_CM and AES_256_CM with HMAC_SHA1_80 or _32, and AEAD_AES_128_GCM and _256_GCM"
        case .f8Mode: "F8_128_HMAC_SHA1_80 is not supported"
        case .malformedKey: "the key is not base64"
        case .wrongKeyLength: "key and salt are not as long as the suite's"
        case .malformedLifetime: "the key lifetime is malformed"
        case .lifetimeTooShort: "the key lifetime is shorter than 2^20 packets"
        case .masterKeyIdentifier: "a master key identifier (MKI) is not supported"
        case .severalKeys: "several keys in one line are not supported"
        case .unsupportedSessionParameter: "a session parameter is not supported"
        }
    }
}

/// One `a=crypto` line (RFC 4568 section 9.1).
package struct CryptoAttribute: Hashable, Sendable {
    /// At most 999,999,999.
    package let tag: UInt32
    package let suite: CryptoSuite
    /// Master key and salt, of the suite's length.
    package let key: [UInt8]
    /// Packets, 2^20 to 2^48; nil when the line leaves it to the suite.
    package let lifetime: UInt64?

    /// Nil for a key that is not as long as the suite's or a tag of more than nine digits.
    package init?(tag: UInt32, suite: CryptoSuite, key: [UInt8]) {
        guard key.count == suite.keyLength, tag <= Self.tagMax else { return nil }
        self.init(tag: tag, suite: suite, checkedKey: key, lifetime: nil)
    }

    private init(tag: UInt32, suite: CryptoSuite, checkedKey: [UInt8], lifetime: UInt64?) {
        self.tag = tag
        self.suite = suite
        self.key = checkedKey
        self.lifetime = lifetime
    }

    /// The same suite and key under another tag: an answer repeats the tag of the offer (RFC 4568 section 5.1.2).
    func retagged(_ tag: UInt32) -> CryptoAttribute {
        CryptoAttribute(tag: tag, suite: self.suite, checkedKey: self.key, lifetime: self.lifetime)
    }

    /// The attribute's value as it is written.
    var text: String {
        let lifetime = self.lifetime.map { "|\($0)" } ?? ""
        return "\(self.tag) \(self.suite.rawValue) inline:\(KeyText.encode(self.key))\(lifetime)"
    }

    /// Parses the attribute's value: what follows `a=crypto:`.
    package init(parsing value: String) throws(CryptoFault) {
        self = try Self.read(value)
    }

    private static func read(_ value: String) throws(CryptoFault) -> CryptoAttribute {
        let parts = value.split(separator: " ").map(String.init)
        guard let tagText = parts.first else { throw .malformed }
        guard 1...9 ~= tagText.utf8.count, let tag: UInt32 = Decimal.parse(tagText) else {
            throw .malformedTag
        }
        guard parts.count >= 2, let suite = CryptoSuite(rawValue: parts[1].asciiUppercased) else {
            throw parts.dropFirst().first?.asciiUppercased == Self.f8Suite ? .f8Mode : .unsupportedSuite
        }
        guard parts.count >= 3 else { throw .malformed }
        let (key, lifetime) = try Self.readKey(parts[2], of: suite)
        for parameter in parts.dropFirst(3) {
            let pair = parameter.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard pair.count == 2, pair[0].asciiUppercased == "WSH", let window: UInt32 = Decimal.parse(pair[1]),
                window >= Self.replayWindowMin
            else { throw .unsupportedSessionParameter }
        }
        return CryptoAttribute(tag: tag, suite: suite, checkedKey: key, lifetime: lifetime)
    }

    /// `inline:key||salt ["|" lifetime] ["|" MKI ":" length]`.
    private static func readKey(
        _ text: String, of suite: CryptoSuite
    ) throws(CryptoFault) -> (key: [UInt8], lifetime: UInt64?) {
        guard !text.utf8.contains(UInt8(ascii: ";")) else { throw .severalKeys }
        let method = "inline:"
        guard text.prefix(method.count).asciiLowercased == method else { throw .malformed }
        let fields = text.dropFirst(method.count).split(separator: "|", omittingEmptySubsequences: false)
        guard let keyText = fields.first, let key = KeyText.decode(keyText) else { throw .malformedKey }
        guard key.count == suite.keyLength else { throw .wrongKeyLength }
        var lifetime: UInt64?
        for (index, field) in fields.dropFirst().enumerated() {
            guard !field.utf8.contains(UInt8(ascii: ":")) else { throw .masterKeyIdentifier }
            guard index == 0 else { throw .malformed }
            lifetime = try Self.readLifetime(field)
        }
        return (key, lifetime)
    }

    /// `2^n` or a decimal number of packets.
    private static func readLifetime(_ text: Substring) throws(CryptoFault) -> UInt64 {
        let packets: UInt64
        if text.hasPrefix("2^") {
            guard let exponent: UInt64 = Decimal.parse(text.dropFirst(2)), exponent <= Self.lifetimeExponentMax else {
                throw .malformedLifetime
            }
            packets = 1 << exponent
        } else {
            guard let number: UInt64 = Decimal.parse(text), number <= 1 << Self.lifetimeExponentMax else {
                throw .malformedLifetime
            }
            packets = number
        }
        guard packets >= Self.lifetimeMin else { throw .lifetimeTooShort }
        return packets
    }

    private static let f8Suite = "F8_128_HMAC_SHA1_80"
    private static let tagMax: UInt32 = 999_999_999
    /// RFC 4568 section 6.3.8: a window is never smaller.
    private static let replayWindowMin: UInt32 = 64
    /// RFC 3711 section 9.2: no more than 2^48 SRTP packets under one key.
    private static let lifetimeExponentMax: UInt64 = 48
    /// Keys are not changed within a call: at 50 packets a second this lasts for more than five hours.
    private static let lifetimeMin: UInt64 = 1 << 20
}
