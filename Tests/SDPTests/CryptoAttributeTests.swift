import SDP
import Testing

/// `a=crypto` lines (RFC 4568).
struct CryptoAttributeTests {
    /// The verdict on each line of sdes.json, in its order: nil is taken.
    static let verdicts: [CryptoFault?] = [
        .masterKeyIdentifier, nil, .masterKeyIdentifier, nil, .f8Mode, .wrongKeyLength, .wrongKeyLength,
        .malformedKey, .malformed, .malformedTag, .malformedTag, .unsupportedSessionParameter,
        .unsupportedSessionParameter, .unsupportedSuite,
    ]

    @Test func everyLineHasAVerdict() throws {
        #expect(try CryptoVector.all().count == 14)
        #expect(Self.verdicts.count == 14)
    }

    @Test(arguments: Array(Self.verdicts.indices))
    func vector(_ index: Int) throws {
        let vector = try CryptoVector.all()[index]
        let value = String(vector.line.dropFirst("a=crypto:".count))
        do throws(CryptoFault) {
            let attribute = try CryptoAttribute(parsing: value)
            #expect(Self.verdicts[index] == nil, "\(vector.line) was taken: \(vector.expect)")
            #expect(attribute.key.count == vector.keyLength)
            #expect(vector.expect.hasPrefix("accept"))
        } catch {
            #expect(error == Self.verdicts[index], "\(vector.line): \(vector.expect)")
        }
    }

    /// As the lines of an offer: what cannot be used is passed over, and with nothing left the first fault is told.
    @Test(arguments: Array(Self.verdicts.indices))
    func vectorInAnOffer(_ index: Int) throws {
        let line = try CryptoVector.all()[index].line
        let media = "m=audio 30000 RTP/SAVP 8\r\n"
        let alone = try SessionDescription(SessionVector.session + media + line + "\r\n")
        let good = "a=crypto:7 AES_CM_128_HMAC_SHA1_32 inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj\r\n"
        let followed = try SessionDescription(SessionVector.session + media + line + "\r\n" + good)
        if let fault = Self.verdicts[index] {
            #expect(throws: SDPRefusal.noUsableCrypto(fault)) { _ = try OfferAnswer.answer(alone, Local.secure()) }
            let negotiated = try OfferAnswer.answer(followed, Local.secure()).negotiated
            #expect(negotiated.security?.suite == .aesCM128HMACSHA1_32)
        } else {
            #expect(try OfferAnswer.answer(alone, Local.secure()).negotiated.security != nil)
        }
    }

    private static let key = "d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj"

    @Test(arguments: [
        ("1 AES_CM_128_HMAC_SHA1_80 inline:\(Self.key)|2^20", UInt64(1) << 20),
        ("1 AES_CM_128_HMAC_SHA1_80 inline:\(Self.key)|2^48", UInt64(1) << 48),
        ("1 AES_CM_128_HMAC_SHA1_80 inline:\(Self.key)|1048576", UInt64(1) << 20),
        ("1 aes_cm_128_hmac_sha1_80 INLINE:\(Self.key)", nil),
        ("999999999 AES_CM_128_HMAC_SHA1_32 inline:\(Self.key) WSH=64", nil),
    ])
    func takes(_ value: String, lifetime: UInt64?) throws {
        #expect(try CryptoAttribute(parsing: value).lifetime == lifetime)
    }

    @Test(arguments: [
        ("", CryptoFault.malformed),
        ("1", .unsupportedSuite),
        ("-1 AES_CM_128_HMAC_SHA1_80 inline:\(Self.key)", .malformedTag),
        ("1 AES_CM_128_HMAC_SHA1_80 \(Self.key)", .malformed),
        ("1 AES_CM_128_HMAC_SHA1_80 uri:\(Self.key)", .malformed),
        ("1 AES_CM_128_HMAC_SHA1_80 inline:", .malformedKey),
        ("1 AES_CM_128_HMAC_SHA1_80 inline:\(Self.key)=", .malformedKey),
        ("1 AES_CM_128_HMAC_SHA1_80 inline:=\(Self.key.dropFirst())", .malformedKey),
        ("1 AES_CM_128_HMAC_SHA1_80 inline:\(Self.key)|", .malformedLifetime),
        ("1 AES_CM_128_HMAC_SHA1_80 inline:\(Self.key)|2^49", .malformedLifetime),
        ("1 AES_CM_128_HMAC_SHA1_80 inline:\(Self.key)|2^", .malformedLifetime),
        ("1 AES_CM_128_HMAC_SHA1_80 inline:\(Self.key)|-5", .malformedLifetime),
        ("1 AES_CM_128_HMAC_SHA1_80 inline:\(Self.key)|99999999999999999999999", .malformedLifetime),
        ("1 AES_CM_128_HMAC_SHA1_80 inline:\(Self.key)|2^19", .lifetimeTooShort),
        ("1 AES_CM_128_HMAC_SHA1_80 inline:\(Self.key)|0", .lifetimeTooShort),
        ("1 AES_CM_128_HMAC_SHA1_80 inline:\(Self.key)|1:4", .masterKeyIdentifier),
        ("1 AES_CM_128_HMAC_SHA1_80 inline:\(Self.key)|2^20|2^20", .malformed),
        ("1 AES_CM_128_HMAC_SHA1_80 inline:\(Self.key);inline:\(Self.key)", .severalKeys),
        ("1 AES_CM_128_HMAC_SHA1_80 inline:\(Self.key) WSH=63", .unsupportedSessionParameter),
        ("1 AES_CM_128_HMAC_SHA1_80 inline:\(Self.key) UNAUTHENTICATED_SRTP", .unsupportedSessionParameter),
        ("1 AES_CM_128_HMAC_SHA1_80 inline:\(Self.key) FEC_ORDER=FEC_SRTP", .unsupportedSessionParameter),
    ])
    func refuses(_ value: String, fault: CryptoFault) {
        #expect(throws: fault) { try CryptoAttribute(parsing: value) }
        #expect(!fault.sentence.isEmpty)
    }

    /// Each suite takes keys of its own length only, and what is written is read back, also without its padding.
    @Test(arguments: CryptoSuite.allCases) func keysOfEachSuite(_ suite: CryptoSuite) throws {
        for count in Set(CryptoSuite.allCases.map(\.keyLength)) {
            let key = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 73 + 5) }
            let attribute = CryptoAttribute(tag: 4, suite: suite, key: key)
            #expect((attribute != nil) == (count == suite.keyLength))
            var local = try Local.plain()
            local.security = .sdesRequired([try #require(attribute ?? Self.any(suite))])
            let offer = try SessionDescription(parsing: OfferAnswer.offer(local).encoded())
            let value = try #require(offer.media.first?.values(of: "crypto").first)
            #expect(value.hasPrefix("4 \(suite.rawValue) inline:"))
            if let attribute {
                #expect(try CryptoAttribute(parsing: value) == attribute)
                #expect(try CryptoAttribute(parsing: String(value.filter { $0 != "=" })) == attribute)
            }
        }
    }

    private static func any(_ suite: CryptoSuite) -> CryptoAttribute? {
        CryptoAttribute(tag: 4, suite: suite, key: Array(repeating: 9, count: suite.keyLength))
    }

    @Test func keysHaveThirtyBytes() {
        for count in [0, 16, 29, 31, 46] {
            let key = [UInt8](repeating: 1, count: count)
            #expect(CryptoAttribute(tag: 1, suite: .aesCM128HMACSHA1_80, key: key) == nil)
        }
        #expect(CryptoAttribute(tag: 1_000_000_000, suite: .aesCM128HMACSHA1_80, key: Local.keys) == nil)
        #expect(CryptoAttribute(tag: 999_999_999, suite: .aesCM128HMACSHA1_80, key: Local.keys) != nil)
    }

    /// Every key survives being written and read.
    @Test func writtenKeysAreReadBack() throws {
        for seed in UInt8.min...UInt8.max {
            let key = (0..<30).map { UInt8(truncatingIfNeeded: ($0 * 37) ^ Int(seed)) &+ seed }
            var local = try Local.plain()
            let own = try #require(CryptoAttribute(tag: 3, suite: .aesCM128HMACSHA1_80, key: key))
            local.security = .sdesRequired([own])
            let offer = try SessionDescription(parsing: OfferAnswer.offer(local).encoded())
            let value = try #require(offer.media.first?.values(of: "crypto").first)
            #expect(try CryptoAttribute(parsing: value) == own)
        }
    }
}
