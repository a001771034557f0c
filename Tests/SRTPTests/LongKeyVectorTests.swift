import SRTP
import Testing

/// The examples of RFC 6188 section 7 and RFC 7714 sections 16 and 17.
@Suite struct LongKeyVectorTests {
    struct Derivation {
        var name: String
        var masterKey: String
        var masterSalt: String
        var cipherKey: String
        var authenticationKey: String
        var salt: String
    }

    static let derivations = [
        Derivation(
            name: "7.2, AES-256", masterKey: "f0f04914b513f2763a1b1fa130f10e2998f6f6e43e4309d1e622a0e332b9f1b6",
            masterSalt: "3b04803de51ee7c96423ab5b78d2",
            cipherKey: "5ba1064e30ec51613cad926c5a28ef731ec7fb397f70a960653caf06554cd8c4",
            authenticationKey: "fd9c32d39ed5fbb5a9dc96b30818454d1313dc05", salt: "fa31791685ca444a9e07c6c64e93"),
        Derivation(
            name: "7.4, AES-192", masterKey: "73edc66c4fa15776fb57f9505c17136550ffda71f3e8e5f1",
            masterSalt: "c8522f3acd4ce86d5add78edbb11",
            cipherKey: "31874736a8f1143870c26e4857d8a5b2c4a354407faadabb",
            authenticationKey: "355b10973cd95b9eacf4061c7e1a7151e7cfbfcb", salt: "2372b82d639b6d8503a47adc0a6c"),
    ]

    @Test(arguments: derivations) func keyDerivationOfRFC6188(_ vector: Derivation) throws {
        let master = try MasterKey(key: octets(vector.masterKey), salt: octets(vector.masterSalt))
        let derivation = try KeyDerivation(master)
        let cipherKey = octets(vector.cipherKey)
        #expect(try derivation.octets(label: 0, count: cipherKey.count) == cipherKey, "\(vector.name)")
        #expect(try derivation.octets(label: 1, count: 20) == octets(vector.authenticationKey), "\(vector.name)")
        #expect(try derivation.octets(label: 2, count: 14) == octets(vector.salt), "\(vector.name)")
    }

    struct Packet {
        var keyLength: Int
        var rtp: String
        var rtcp: String
    }

    private static let salt = octets("517569642070726f2071756f")
    private static let rtp = octets(
        "8040f17b8041f8d35501a0b247616c6c696120657374206f6d6e69732064697669736120696e20706172746573207472"
            + "6573")
    private static let rtcp = octets(
        "81c8000d4d6172734e5450314e545032525450200000042a0000e9304c756e61deadbeefdeadbeefdeadbeefdeadbeef"
            + "deadbeef")

    /// RFC 7714 sections 16.1 and 16.2, and 17.1 and 17.2.
    static let packets = [
        Packet(
            keyLength: 16,
            rtp: "8040f17b8041f8d35501a0b2f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f42a5f47a51c7d19b"
                + "36de3adf8833899d7f27beb16a9152cf765ee4390cce",
            rtcp: "81c8000d4d61727363e94885dcdab67ca727d7662f6b7e997ff5c0f76c06f32dc676a5f1730d6fda4ce09b46"
                + "86303ded0bb9275bc84aa45896cf4d2fc5abf87245d9eade800005d4"),
        Packet(
            keyLength: 32,
            rtp: "8040f17b8041f8d35501a0b232b1de78a822fe12ef9f78fa332e33aab18012389a58e2f3b50b2a0276ffae0f"
                + "1ba63799b87b7aa3db36dfffd6b0f9bb7878d7a76c13",
            rtcp: "81c8000d4d617273d50ae4d1f5ce5d304ba297e47d470c282c3ece5dbffe0a50a2eaa5c1110555be8415f658"
                + "c61de0476f1b6fad1d1eb30c4446839f57ff6f6cb26ac3be800005d4"),
    ]

    @Test(arguments: packets) func packetsOfRFC7714(_ vector: Packet) throws {
        let key = Array(0..<UInt8(vector.keyLength))
        let sealing = try SessionKeys(galoisKey: key, salt: Self.salt, seals: true)
        let opening = try SessionKeys(galoisKey: key, salt: Self.salt, seals: false)
        let count = Self.rtp.count
        var packet = Self.rtp + Array(repeating: 0, count: 16)
        var span = packet.mutableSpan
        try sealing.sealRTP(&span, text: 12..<count, ssrc: 0x5501_A0B2, index: 0xF17B, tagLength: 16)
        #expect(packet == octets(vector.rtp))
        span = packet.mutableSpan
        try opening.openRTP(&span, text: 12..<count, ssrc: 0x5501_A0B2, index: 0xF17B, tagLength: 16)
        #expect(Array(packet[..<count]) == Self.rtp)

        var control = Self.rtcp + Array(repeating: 0, count: 20)
        span = control.mutableSpan
        let controlCount = Self.rtcp.count
        try sealing.sealRTCP(&span, count: controlCount, ssrc: 0x4D61_7273, index: 0x5D4, tagLength: 16)
        #expect(control == octets(vector.rtcp))
        span = control.mutableSpan
        try opening.openRTCP(&span, count: controlCount, ssrc: 0x4D61_7273, trailer: 0x8000_05D4, tagLength: 16)
        #expect(Array(control[..<controlCount]) == Self.rtcp)
    }

    /// RFC 7714 section 17.3 has a tag and no encryption: authentic, and still refused, as nobody has agreed to that.
    @Test func taggedOnly() throws {
        let opening = try SessionKeys(galoisKey: Array(0..<16), salt: Self.salt, seals: false)
        let tag = octets("841dd9683dd78ec92ae58790125f62b3")
        var control = Self.rtcp + tag + octets("000005d4")
        let count = Self.rtcp.count
        #expect(throws: SRTPError.notEncrypted) {
            var span = control.mutableSpan
            try opening.openRTCP(&span, count: count, ssrc: 0x4D61_7273, trailer: 0x5D4, tagLength: 16)
        }
        control[count] ^= 1
        #expect(throws: SRTPError.authenticationFailed) {
            var span = control.mutableSpan
            try opening.openRTCP(&span, count: count, ssrc: 0x4D61_7273, trailer: 0x5D4, tagLength: 16)
        }
    }

    /// A key of another suite's length makes no sender and no receiver, whoever's code it is.
    @Test(arguments: EngineAndProfile.all) func keysOfOtherLengthsAreRefused(_ choice: EngineAndProfile) throws {
        for other in ProtectionProfile.allCases
        where other.keyLength != choice.profile.keyLength || other.saltLength != choice.profile.saltLength {
            let key = try MasterKey(
                key: Array(repeating: 1, count: other.keyLength), salt: Array(repeating: 2, count: other.saltLength))
            #expect(MasterKey(key.key + key.salt, for: choice.profile) == nil)
            #expect(throws: SRTPError.badKeyLength) {
                _ = try SRTPSender(choice.profile, key, engine: choice.engine)
            }
            #expect(throws: SRTPError.badKeyLength) {
                _ = try SRTPReceiver(choice.profile, key, engine: choice.engine)
            }
        }
    }
}
