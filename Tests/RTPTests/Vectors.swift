import Foundation
import RTP
import Testing

/// One packet of a vector file with what is expected of it.
struct PacketVector: Decodable {
    var name: String
    var hex: String
    var expect: String

    var octets: [UInt8] { hexadecimalOctets(self.hex) }
}

/// One scenario of rtp_sequences.json.
struct SequenceVector: Decodable {
    var name: String
    var seqs: [UInt16]?
    var ts: [UInt32]?
    var marker: [Int]?
    var ssrc: [UInt32]?
    var expect: String
}

/// dtmf_rfc4733.json.
struct TelephoneEventVectors: Decodable {
    struct Digit: Decodable {
        var digit: String
        var packets: [String]
    }

    struct Negative: Decodable {
        var name: String
        var how: String
    }

    var digits: [Digit]
    var negative: [Negative]
}

enum Vectors {
    static func load<Content: Decodable>(_ name: String, as type: Content.Type) throws -> Content {
        let url = try #require(Bundle.module.url(forResource: "Resources/\(name)", withExtension: "json"))
        return try JSONDecoder().decode(type, from: Data(contentsOf: url))
    }
}

/// A vector that no test is written for must fail, not pass unseen.
struct UnknownVector: Error {
    var name: String
}

func hexadecimalOctets(_ hexadecimal: String) -> [UInt8] {
    let digits = Array(hexadecimal.utf8)
    return stride(from: 0, to: digits.count, by: 2).compactMap {
        UInt8(String(decoding: digits[$0..<($0 + 2)], as: UTF8.self), radix: 16)
    }
}

/// The error that parsing meets; nil when the packet is accepted.
func refusal(of octets: [UInt8]) -> RTPError? {
    do {
        _ = try RTPPacket(octets.span)
        return nil
    } catch {
        return error
    }
}

func compoundRefusal(of octets: [UInt8]) -> RTPError? {
    do {
        _ = try RTCPCompound(octets.span)
        return nil
    } catch {
        return error
    }
}
