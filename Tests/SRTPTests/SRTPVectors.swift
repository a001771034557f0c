import Foundation
import SRTP
import Testing

/// The vectors of Resources/srtp.json: RFC 3711 appendix B, and packets that libsrtp 2.5.0 agrees with.
struct SRTPVectors: Decodable {
    struct KeyStream: Decodable {
        var key: String
        var iv: String
        var keystream: String
    }

    struct Derivation: Decodable {
        var masterKey: String
        var masterSalt: String
        var cipherKey: String
        var cipherSalt: String
        var authKey94: String
    }

    struct Packet: Decodable {
        var suite: String
        var plain: String
        var srtp: String
    }

    struct RollOver: Decodable {
        var roc: UInt32
        var seq: UInt16
        var plain: String
        var srtp: String
    }

    struct ControlPacket: Decodable {
        var suite: String
        var index: UInt32
        var plain: String
        var srtcp: String
    }

    struct Negative: Decodable {
        var name: String
    }

    var b2: KeyStream
    var b3: Derivation
    var packets: [Packet]
    var rollover: [RollOver]
    var srtcp: [ControlPacket]
    var negative: [Negative]

    static func load() throws -> SRTPVectors {
        let url = try #require(Bundle.module.url(forResource: "Resources/srtp", withExtension: "json"))
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(SRTPVectors.self, from: Data(contentsOf: url))
    }

    /// The master key under which every packet of the file is protected.
    var master: MasterKey {
        get throws { try MasterKey(key: octets(self.b3.masterKey), salt: octets(self.b3.masterSalt)) }
    }
}

func octets(_ hexadecimal: String) -> [UInt8] {
    let digits = Array(hexadecimal.utf8)
    return stride(from: 0, to: digits.count, by: 2).compactMap {
        UInt8(String(decoding: digits[$0..<($0 + 2)], as: UTF8.self), radix: 16)
    }
}

func profile(named suite: String) throws -> ProtectionProfile {
    switch suite {
    case "AES_CM_128_HMAC_SHA1_80": return .aesCM128HMACSHA1_80
    case "AES_CM_128_HMAC_SHA1_32": return .aesCM128HMACSHA1_32
    default: throw UnknownName(name: suite)
    }
}

/// A vector that no test is written for must fail, not pass unseen.
struct UnknownName: Error {
    var name: String
}
