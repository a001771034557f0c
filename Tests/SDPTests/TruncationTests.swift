import Addressing
import Foundation
import SDP
import Testing

/// Every beginning of every vector is taken or refused; what is taken is written so that it reads the same.
struct TruncationTests {
    @Test func everyTruncationOfADescriptionIsSurvived() throws {
        for vector in try SessionVector.all() where vector.sdp != nil {
            let bytes = try vector.bytes()
            for length in 0..<bytes.count { try Self.survive(Array(bytes.prefix(length)), of: vector.name) }
        }
    }

    @Test func everyTruncationOfAnOfferIsSurvived() throws {
        for local in [try Local.plain(), try Local.secure()] {
            let bytes = OfferAnswer.offer(local).encoded()
            for length in 0..<bytes.count { try Self.survive(Array(bytes.prefix(length)), of: "our offer") }
        }
    }

    /// A key that has lost its end is no key of 30 bytes.
    @Test func noTruncationOfAKeyIsTaken() {
        let line = "1 AES_CM_128_HMAC_SHA1_80 inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj"
        #expect((try? CryptoAttribute(parsing: line)) != nil)
        for length in 0..<line.utf8.count {
            #expect((try? CryptoAttribute(parsing: String(line.prefix(length)))) == nil, "\(length) bytes")
        }
    }

    private static func survive(_ bytes: [UInt8], of name: String) throws {
        guard let description = try? SessionDescription(parsing: bytes) else { return }
        let written = description.encoded()
        #expect(try SessionDescription(parsing: written).encoded() == written, "\(name), \(bytes.count) bytes")
        for local in [try Local.plain(), try Local.secure()] {
            if let (answer, _) = try? OfferAnswer.answer(description, local) {
                #expect(answer.media.count == description.media.count, "\(name), \(bytes.count) bytes")
            }
            _ = try? OfferAnswer.accept(answer: description, offered: local)
        }
    }
}
